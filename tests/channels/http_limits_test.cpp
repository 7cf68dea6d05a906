// What one server, or one owner, may take of others' time and places.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "channels/factory.hpp"
#include "channels/oauth.hpp"
#include "tests/channels/http_user.hpp"
#include "tests/channels/oauth_world.hpp"

namespace postroom::channels {
namespace {

TEST(http, ends_what_takes_too_long_in_all) {
  scripted_server server(dialog{asked("GET / HTTP/1.1"), S("HTTP/1.1 200 OK"), gate("never")});
  http_user user;
  auto request = user.to(server);
  request.total_timeout = duration{200};
  EXPECT_EQ(user.ask(request).code(), ec::timeout);
  server.release("never");
}

/// Answers one client with a byte every 100 ms, until it goes.
class trickling_server {
 public:
  trickling_server() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    socklen_t size = sizeof here;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size), 0);
    port_ = ntohs(here.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~trickling_server() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  trickling_server(const trickling_server&) = delete;
  trickling_server& operator=(const trickling_server&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() const {
    const int client = ::accept(fd_, nullptr, nullptr);
    if (client < 0) return;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    bool there = ::send(client, head.data(), head.size(), MSG_NOSIGNAL) > 0;
    for (int i = 0; i < 100 && there; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      there = ::send(client, "x", 1, MSG_NOSIGNAL) > 0;
    }
    ::close(client);
  }
  int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST(http, lets_no_server_trickle_for_ever) {
  trickling_server server;
  http_user user;
  http_request request;
  request.url = server.url();
  request.request_timeout = duration{1'000};
  request.max_bytes = 1'000;
  EXPECT_EQ(user.ask(request).code(), ec::timeout) << "after a second and a quarter";
}

TEST(http, a_long_lived_request_may_trickle) {
  trickling_server server;
  http_user user;
  http_request request;
  request.url = server.url();
  request.request_timeout = duration{1'000};
  request.max_bytes = 20;
  request.long_lived = true;
  EXPECT_EQ(user.ask(request).code(), ec::mail_too_large) << "after two seconds";
}

TEST(http, counts_no_time_in_which_its_bytes_are_not_taken) {
  scripted_server server(
      dialog{asked("GET / HTTP/1.1"), answered("200 OK", std::string(3u << 20, 'x'))});
  http_user user;
  auto request = user.to(server);
  request.total_timeout = duration{300};
  std::atomic<bool> open = false;
  std::atomic<std::size_t> taken = 0, refused = 0;
  request.on_bytes = [&](std::string_view bytes) {
    open ? taken += bytes.size() : ++refused;
    return open.load();
  };
  auto end = user.start(request);
  while (refused == 0) std::this_thread::yield();
  user.after(duration{450});
  EXPECT_EQ(user.ends(), 0);
  open = true;
  user.resume();
  const auto got = end.get();
  EXPECT_TRUE(got) << got.error().text();
  EXPECT_EQ(taken, 3u << 20);
}

TEST(http, an_owner_whose_requests_hang_keeps_no_other_waiting_at_the_same_server) {
  std::vector<dialog> dialogs(20, dialog{asked("GET /slow HTTP/1.1"), gate("never")});
  dialogs.push_back(dialog{asked("GET /quick HTTP/1.1"), answered("200 OK", "here")});
  scripted_server server(std::move(dialogs));
  http_user user;
  std::vector<std::future<result<http_answer>>> hanging;
  auto request = user.to(server, "/slow");
  request.owner = "one";
  for (int i = 0; i < 300; ++i) hanging.push_back(user.start(request));
  while (server.connections() < 20) std::this_thread::yield();
  request = user.to(server, "/quick");
  request.owner = "two";
  auto quick = user.start(request);
  ASSERT_EQ(quick.wait_for(std::chrono::seconds(15)), std::future_status::ready);
  EXPECT_EQ(quick.get()->body, "here");
  EXPECT_EQ(server.connections(), 21u);
  server.release("never");
}

/// Something that asks a server on behalf of an owner, as long as it lives.
struct asking {
  const char* name;
  std::shared_ptr<void> (*start)(event_loop& loop, const std::string& url,
                                 const std::string& owner);
};
class http_owner : public testing::TestWithParam<asking> {};

template <auto Protocol>
std::shared_ptr<void> open_mailbox(event_loop& loop, const std::string& url,
                                   const std::string& owner) {
  static std::atomic<int> last = 0;
  inbound_settings s;
  s.protocol = Protocol;
  s.url = url;
  s.server.owner = owner;
  s.user = "user" + std::to_string(++last) + "@example.org";
  std::shared_ptr<inbound_channel> out = make_inbound(loop, s);
  out->open([](const auto&) {});
  return out;
}

std::shared_ptr<void> get_token(event_loop& loop, const std::string& url,
                                const std::string& owner) {
  auto settings = app_settings();
  settings.token_url = url;
  settings.owner = owner;
  auto out = oauth_client::make(make_oauth_world(loop), settings, std::make_shared<fake_keeper>());
  out->get([](const auto&) {});
  return out;
}

TEST_P(http_owner, has_its_own_places_at_a_server_that_answers_nobody) {
  std::vector<dialog> dialogs(64, dialog{C_like("(GET|POST) .*"), gate("never")});
  scripted_server server(std::move(dialogs));
  const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/x";
  event_loop loop;
  std::vector<std::shared_ptr<void>> all;
  for (int i = 0; i < 70; ++i) all.push_back(GetParam().start(loop, url, "one"));
  while (server.connections() < 20) std::this_thread::yield();
  all.push_back(GetParam().start(loop, url, "two"));
  while (server.connections() < 21) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(server.connections(), 21u) << "none for the others of the first owner";
  all.clear();
  server.release("never");
}

using protocol = decltype(inbound_settings::protocol);
INSTANTIATE_TEST_SUITE_P(of, http_owner,
                         testing::Values(asking{"graph", open_mailbox<protocol::graph>},
                                         asking{"ews", open_mailbox<protocol::ews>},
                                         asking{"oauth", get_token}),
                         [](const auto& param) { return std::string(param.param.name); });

/// Listens, and accepts nobody: clients are connected and hear nothing.
class deaf_server {
 public:
  deaf_server() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
    EXPECT_EQ(::listen(fd_, 256), 0);
    socklen_t size = sizeof here;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size), 0);
    port_ = ntohs(here.sin_port);
  }
  ~deaf_server() { ::close(fd_); }
  deaf_server(const deaf_server&) = delete;
  deaf_server& operator=(const deaf_server&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST(http, services_that_never_answer_keep_no_mail_server_waiting) {
  std::array<deaf_server, 6> deaf;
  scripted_server pop(dialog{pop3_sign_in("USER\r\nUIDL"), C("CAPA"), S("+OK\r\nUIDL\r\n."),
                             C("STAT"), S("+OK 0 0")});
  event_loop loop;
  std::optional<http_client> client;
  std::promise<void> asked;
  loop.post([&] {
    client.emplace(loop);
    for (const auto& server : deaf)
      for (int i = 0; i < 100; ++i) {
        http_request r;
        r.url = server.url();
        client->start(r, [](const auto&) {});
      }
    asked.set_value();
  });
  asked.get_future().wait();
  inbound_settings settings;
  settings.protocol = inbound_settings::protocol::pop3;
  settings.server.host = "127.0.0.1";
  settings.server.port = pop.port();
  settings.server.security = security::none;
  settings.server.login = "it";
  settings.server.password = "secret";
  const auto mailbox = make_inbound(loop, settings);
  std::promise<ec> opened;
  mailbox->open([&](const result<opened_mailbox>& r) { opened.set_value(r.code()); });
  EXPECT_EQ(opened.get_future().get(), ec::none);
  std::promise<void> gone;
  loop.post([&] {
    client.reset();
    gone.set_value();
  });
  gone.get_future().wait();
}

}  // namespace
}  // namespace postroom::channels

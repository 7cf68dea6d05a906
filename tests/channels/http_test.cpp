#include "channels/http.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <optional>

#include "channels/event_loop.hpp"
#include "channels/factory.hpp"
#include "tests/support/mail_lab.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/scripted_text.hpp"

namespace postroom::channels {
namespace {

using namespace postroom::support;

dialog asked(const std::string& request_line) {
  return {C(request_line), C_like("Host: 127\\.0\\.0\\.1:[0-9]+"), C("Accept: */*"), C("")};
}
dialog answered(const std::string& head, const std::string& body) {
  return {S("HTTP/1.1 " + head), S("Content-Length: " + std::to_string(body.size())), S(""),
          S_raw(body)};
}

/// A client whose calls wait for their ends.
class http_user {
 public:
  ~http_user() {
    on_loop([this] { client_.reset(); });
  }
  http_request to(const scripted_server& server, const std::string& path = "/") {
    http_request r;
    r.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
    return r;
  }
  std::future<result<http_answer>> start(http_request r) {
    auto ended = std::make_shared<std::promise<result<http_answer>>>();
    auto future = ended->get_future();
    on_loop([&] {
      last_ = client_->start(std::move(r), [this, ended](result<http_answer> got) {
        ++ends_;
        ended->set_value(std::move(got));
      });
    });
    return future;
  }
  result<http_answer> ask(http_request r) { return start(std::move(r)).get(); }
  void resume() {
    on_loop([this] { client_->resume(last_); });
  }
  void cancel() {
    on_loop([this] { client_->cancel(last_); });
  }
  void on_loop(const std::function<void()>& fn) {
    std::promise<void> ended;
    ASSERT_TRUE(loop_.post([&] {
      fn();
      ended.set_value();
    }));
    ended.get_future().wait();
  }
  [[nodiscard]] int ends() const { return ends_; }

 private:
  event_loop loop_;
  std::optional<http_client> client_{std::in_place, loop_};
  http_client::id last_ = 0;
  std::atomic<int> ends_ = 0;
};

TEST(http, gives_status_headers_and_body) {
  scripted_server server(dialog{asked("GET /a HTTP/1.1"), S("HTTP/1.1 200 OK"),
                                S("RETRY-After:  1.5 "), S("Content-Length: 5"), S(""),
                                S_raw("hello")});
  http_user user;
  const auto got = user.ask(user.to(server, "/a"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->header("retry-after"), "1.5");
  EXPECT_EQ(got->header("other"), "");
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(server.verdict(), "");
}

TEST(http, keeps_the_connection_for_the_next_request) {
  scripted_server server(dialog{asked("GET /1 HTTP/1.1"), answered("200 OK", "one"),
                                asked("GET /2 HTTP/1.1"), answered("200 OK", "two")});
  http_user user;
  EXPECT_EQ(user.ask(user.to(server, "/1"))->body, "one");
  EXPECT_EQ(user.ask(user.to(server, "/2"))->body, "two");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(http, sends_a_body_and_headers_as_they_are) {
  scripted_server server(dialog{C("PATCH /m HTTP/1.1"), C_like("Host: .*"), C("Accept: */*"),
                                C("Content-Type: application/json"), C("Content-Length: 4"), C(""),
                                C("{}"), answered("204 No Content", "")});
  http_user user;
  auto request = user.to(server, "/m");
  request.method = "PATCH";
  request.headers = {"Content-Type: application/json"};
  request.body = std::make_shared<const std::string>("{}\r\n");
  EXPECT_EQ(user.ask(request)->status, 204);
  EXPECT_EQ(server.verdict(), "");
}

TEST(http, follows_no_redirect) {
  scripted_server server(dialog{asked("GET / HTTP/1.1"), S("HTTP/1.1 302 Found"),
                                S("Location: http://127.0.0.1:1/"), S("Content-Length: 0"), S("")});
  http_user user;
  const auto got = user.ask(user.to(server));
  EXPECT_EQ(got->status, 302);
  EXPECT_EQ(got->header("location"), "http://127.0.0.1:1/");
}

TEST(http, takes_of_an_error_the_first_64_kib) {
  scripted_server server(
      dialog{asked("GET / HTTP/1.1"), answered("500 Broken", std::string(200'000, 'x'))});
  http_user user;
  const auto got = user.ask(user.to(server));
  EXPECT_EQ(got->status, 500);
  EXPECT_EQ(got->body.size(), 64u << 10);
}

TEST(http, refuses_a_body_over_the_limit) {
  scripted_server server(
      dialog{asked("GET / HTTP/1.1"), answered("200 OK", std::string(5'000, 'x'))});
  http_user user;
  auto request = user.to(server);
  request.max_bytes = 4'999;
  EXPECT_EQ(user.ask(request).code(), ec::mail_too_large);
}

TEST(http, refuses_a_header_field_of_two_lines) {
  scripted_server server(dialog{gate("never")});
  http_user user;
  auto request = user.to(server);
  request.headers = {"Authorization: Bearer x\r\nX-Evil: y"};
  EXPECT_EQ(user.ask(request).code(), ec::config_invalid);
  EXPECT_EQ(server.connections(), 0u);
  server.release("never");
}

TEST(http, tells_how_a_connection_ended) {
  const auto half = [](step end) {
    return dialog{asked("GET / HTTP/1.1"),
                  S("HTTP/1.1 200 OK"),
                  S("Content-Length: 10"),
                  S(""),
                  S_raw("hal"),
                  end};
  };
  http_user user;
  {
    scripted_server server(half(hang_up()));
    EXPECT_EQ(user.ask(user.to(server)).code(), ec::connection_lost);
  }
  {
    scripted_server server(half(hang()));
    auto request = user.to(server);
    request.request_timeout = duration{1'000};
    EXPECT_EQ(user.ask(request).code(), ec::timeout);
  }
}

TEST(http, a_body_taken_in_pieces_waits_for_whoever_takes_it) {
  const std::string big(3u << 20, 'x');
  scripted_server server(dialog{asked("GET / HTTP/1.1"), answered("200 OK", big)});
  http_user user;
  auto request = user.to(server);
  std::atomic<bool> open = false;
  std::atomic<std::size_t> taken = 0, refused = 0;
  request.on_bytes = [&](std::string_view bytes) {
    if (!open) {
      ++refused;
      return false;
    }
    taken += bytes.size();
    return true;
  };
  auto end = user.start(request);
  while (refused == 0) std::this_thread::yield();
  EXPECT_EQ(taken, 0u);
  open = true;
  user.resume();
  const auto got = end.get();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(taken, big.size());
  EXPECT_EQ(got->body, "");
}

TEST(http, what_was_cancelled_or_destroyed_calls_nobody_back) {
  scripted_server server(dialog{asked("GET / HTTP/1.1"), gate("one"), hang()},
                         dialog{asked("GET / HTTP/1.1"), gate("two"), hang()});
  {
    http_user user;
    auto first = user.start(user.to(server));
    ASSERT_TRUE(server.await("one"));
    user.cancel();
    auto second = user.start(user.to(server));
    ASSERT_TRUE(server.await("two"));
    server.release("one");
    server.release("two");
    EXPECT_EQ(user.ends(), 0);
  }
  SUCCEED() << "and the loop has ended";
}

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

TEST(http, believes_a_server_only_by_the_authorities_it_was_given) {
  auto& lab = mail_lab::shared();
  http_user user;
  http_request request;
  request.url = "https://localhost:" + std::to_string(lab.port("imaps")) + "/";
  EXPECT_EQ(user.ask(request).code(), ec::tls_failed);
  request.ca_file = lab.ca_file();
  const auto got = user.ask(request);
  EXPECT_FALSE(got) << "it speaks IMAP";
  EXPECT_NE(got.code(), ec::tls_failed);
}

}  // namespace
}  // namespace postroom::channels

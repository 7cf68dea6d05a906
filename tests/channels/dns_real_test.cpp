#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <thread>

#include "channels/discovery.hpp"
#include "tests/channels/dns_message.hpp"

/// The resolver against dnsmasq, and against peers that no name server should be.
namespace postroom::channels {
namespace {

/// A UDP socket on a free port of loopback, which answers as the test says, or never.
class udp_peer {
 public:
  using answer_fn = std::function<std::string(const std::string& question)>;
  explicit udp_peer(answer_fn answer = {}) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&here), size), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size), 0);
    port_ = ntohs(here.sin_port);
    EXPECT_EQ(::pipe2(end_, O_CLOEXEC), 0);
    if (answer) thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~udp_peer() {
    ::close(end_[1]);
    if (thread_.joinable()) thread_.join();
    ::close(end_[0]);
    ::close(fd_);
  }
  udp_peer(const udp_peer&) = delete;
  udp_peer& operator=(const udp_peer&) = delete;
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  void serve(const answer_fn& answer) const {
    for (;;) {
      pollfd watched[] = {{fd_, POLLIN, 0}, {end_[0], POLLIN, 0}};
      if (::poll(watched, 2, -1) < 0 || watched[1].revents) return;
      std::string question(4096, '\0');
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto n = ::recvfrom(fd_, question.data(), question.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
      if (n < 12) continue;
      question.resize(static_cast<std::size_t>(n));
      const auto reply = answer(question);
      ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  int fd_;
  int end_[2] = {-1, -1};
  uint16_t port_ = 0;
  std::thread thread_;
};

dns_settings to(uint16_t port) {
  return {"127.0.0.1", port, std::chrono::seconds{1}, std::chrono::milliseconds{5'000}};
}

/// A port that is free for UDP and for TCP, as far as one can tell; 0: none.
uint16_t free_port() {
  const udp_peer udp;
  const int tcp = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  here.sin_port = htons(udp.port());
  const bool bound = ::bind(tcp, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0;
  ::close(tcp);
  return bound ? udp.port() : 0;
}

/// dnsmasq without any setting of the machine's, on a high port of loopback; it ends with this
/// object, or with the test.
class name_server {
 public:
  explicit name_server(const std::vector<std::string>& records) {
    for (int tries = 0; tries < 20 && pid_ < 0; ++tries)
      if ((port_ = free_port()) != 0) start(records);
  }
  ~name_server() { stop(); }
  name_server(const name_server&) = delete;
  name_server& operator=(const name_server&) = delete;
  [[nodiscard]] bool runs() const { return pid_ > 0; }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  void start(const std::vector<std::string>& records) {
    std::vector<std::string> args{"dnsmasq",
                                  "--keep-in-foreground",
                                  "--conf-file=/dev/null",
                                  "--no-resolv",
                                  "--no-hosts",
                                  "--bind-interfaces",
                                  "--listen-address=127.0.0.1",
                                  "--pid-file=",
                                  "--log-facility=/dev/null",
                                  "--local=/example.org/",
                                  "--port=" + std::to_string(port_)};
    args.insert(args.end(), records.begin(), records.end());
    std::vector<char*> argv;
    argv.reserve(args.size() + 1);
    for (auto& a : args) argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (const char* path : {"/usr/sbin/dnsmasq", "/usr/bin/dnsmasq"}) ::execv(path, argv.data());
      ::_exit(127);
    }
    if (!answers()) stop();
  }
  /// A closed port refuses at once, so this asks until the server is there or has ended.
  [[nodiscard]] bool answers() const {
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (make_dns_resolver(to(port_))->mx("nothing.example.org")) return true;
      ::poll(nullptr, 0, 5);
    }
    return false;
  }
  void stop() {
    if (pid_ > 0 && ::kill(pid_, SIGTERM) == 0) ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  pid_t pid_ = -1;
  uint16_t port_ = 0;
};

TEST(dns_real, reads_services_and_exchangers_from_a_name_server) {
  const name_server server{{"--srv-host=_imaps._tcp.example.org,b.example.org,993,20,1",
                            "--srv-host=_imaps._tcp.example.org,a.example.org,1993,10,1",
                            "--srv-host=_pop3s._tcp.example.org",
                            "--mx-host=example.org,mx2.example.org,20",
                            "--mx-host=example.org,mx1.example.org,10"}};
  ASSERT_TRUE(server.runs()) << "Debian's dnsmasq-base is missing?";
  const auto dns = make_dns_resolver(to(server.port()));
  const auto imaps = dns->srv("_imaps._tcp.example.org");
  ASSERT_TRUE(imaps) << imaps.error().text();
  EXPECT_EQ(imaps->records, (std::vector<srv_record>{{10, 1, 1993, "a.example.org"},
                                                     {20, 1, 993, "b.example.org"}}));
  const auto pop3s = dns->srv("_pop3s._tcp.example.org");
  ASSERT_TRUE(pop3s) << pop3s.error().text();
  EXPECT_TRUE(pop3s->refused) << "the target is a lone dot";
  const auto mx = dns->mx("example.org");
  ASSERT_TRUE(mx) << mx.error().text();
  EXPECT_EQ(*mx, (std::vector<mx_record>{{10, "mx1.example.org"}, {20, "mx2.example.org"}}));
  const auto missing = dns->srv("_imap._tcp.example.org");
  ASSERT_TRUE(missing) << missing.error().text();
  EXPECT_TRUE(missing->records.empty() && !missing->refused) << "no such name";
  const auto no_such_type = dns->mx("_imaps._tcp.example.org");
  ASSERT_TRUE(no_such_type) << no_such_type.error().text();
  EXPECT_TRUE(no_such_type->empty());
}

TEST(dns_real, discovers_the_servers_of_an_address_through_a_name_server) {
  const name_server server{{"--srv-host=_imaps._tcp.example.org,imap.example.org,993,0,1",
                            "--srv-host=_submission._tcp.example.org,smtp.example.net,587,0,1",
                            "--srv-host=_pop3s._tcp.example.org"}};
  ASSERT_TRUE(server.runs());
  const auto dns = make_dns_resolver(to(server.port()));
  const auto found = discover("it@example.org", *dns);
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->offers.size(), 2u);
  EXPECT_EQ(found->offers[0].host, "imap.example.org");
  EXPECT_EQ(found->offers[1].security, security::starttls);
  EXPECT_NE(found->offers[1].note.find("lies outside"), std::string::npos);
  EXPECT_EQ(found->notes,
            std::vector<std::string>{"example.org says that it has no POP3 with TLS"});
}

TEST(dns_real, takes_an_answer_too_long_for_a_datagram_as_an_error) {
  std::vector<std::string> many;
  many.reserve(80);
  for (int i = 0; i < 80; ++i)
    many.push_back("--srv-host=_imaps._tcp.example.org,server" + std::to_string(i) +
                   ".with-a-long-name.example.org,993,1,1");
  const name_server server{many};
  ASSERT_TRUE(server.runs());
  EXPECT_EQ(make_dns_resolver(to(server.port()))->srv("_imaps._tcp.example.org").code(),
            ec::protocol_violation);
}

/// Two attempts of a second each last longer than its patience.
TEST(dns_real, gives_up_a_silent_server_and_asks_nothing_more_when_its_time_is_over) {
  const udp_peer silent;
  auto settings = to(silent.port());
  settings.patience = std::chrono::seconds{1};
  const auto dns = make_dns_resolver(settings);
  EXPECT_EQ(dns->mx("example.org").code(), ec::dns_failed);
  EXPECT_EQ(dns->mx("example.org").code(), ec::timeout);
}

TEST(dns_real, says_that_a_server_is_not_there) {
  const auto closed = udp_peer{}.port();
  EXPECT_EQ(make_dns_resolver(to(closed))->mx("example.org").code(), ec::dns_failed);
}

TEST(dns_real, takes_garbage_as_no_answer) {
  const udp_peer garbage{[](const std::string&) { return std::string(500, '\xff'); }};
  const udp_peer stump{[](const std::string& q) { return q.substr(0, 5); }};
  const udp_peer refuses{[](std::string q) {
    q[2] = static_cast<char>(q[2] | '\x80');
    q[3] = '\x05';
    return q;
  }};
  for (const auto* peer : {&garbage, &stump, &refuses})
    EXPECT_EQ(make_dns_resolver(to(peer->port()))->mx("example.org").code(), ec::dns_failed);
}

/// The header of the right message, and then records that end in their middle.
TEST(dns_real, refuses_a_proper_answer_with_records_cut_off) {
  const udp_peer peer{[](const std::string& q) {
    auto out = q.substr(0, q.find('\0', 12) + 5);
    out[2] = '\x81';
    out[3] = '\x80';
    out.replace(4, 8, two_bytes(1) + two_bytes(1) + std::string(4, '\0'));
    return out + dns_record(dns_srv, srv_data(0, 0, 993, "imap.example.org")).substr(0, 20);
  }};
  EXPECT_EQ(make_dns_resolver(to(peer.port()))->srv("_imaps._tcp.example.org").code(),
            ec::protocol_violation);
}

TEST(dns_real, asks_for_no_name_that_could_not_be_one) {
  const udp_peer silent;
  const auto dns = make_dns_resolver(to(silent.port()));
  for (const char* bad : {"", "org", "a b.org", "_imaps", "_imaps._tcp.", "_._tcp.example.org"})
    EXPECT_EQ(dns->srv(bad).code(), ec::config_invalid) << bad;
  auto nowhere = to(silent.port());
  nowhere.server = "name.server";
  EXPECT_EQ(make_dns_resolver(nowhere)->mx("example.org").code(), ec::config_invalid);
}

}  // namespace
}  // namespace postroom::channels

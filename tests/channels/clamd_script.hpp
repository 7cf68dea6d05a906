#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "channels/clamd.hpp"
#include "channels/event_loop.hpp"

namespace postroom::channels {

/// One connection of the double below, seen from the server; reads give up after 20 s.
class clamd_peer {
 public:
  explicit clamd_peer(int fd) : fd_(fd) {
    const timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  ~clamd_peer() { ::close(fd_); }
  clamd_peer(const clamd_peer&) = delete;
  clamd_peer& operator=(const clamd_peer&) = delete;

  /// Exactly so many bytes; fewer when the client ended.
  std::string read(std::size_t n) const {
    std::string out(n, '\0');
    std::size_t got = 0;
    while (got < n) {
      const auto some = ::recv(fd_, out.data() + got, n - got, 0);
      if (some <= 0) break;
      got += static_cast<std::size_t>(some);
    }
    out.resize(got);
    return out;
  }
  std::string command() const {
    std::string out;
    for (auto c = read(1); !c.empty() && c[0] != '\0'; c = read(1)) out += c;
    return out;
  }
  /// A mail as INSTREAM sends it, command and all.
  std::string mail() const {
    EXPECT_EQ(command(), "zINSTREAM");
    std::string out;
    while (true) {
      const auto head = read(4);
      uint32_t n = 0;
      for (const char c : head) n = n << 8 | static_cast<unsigned char>(c);
      if (head.size() < 4 || n == 0) return out;
      out += read(n);
    }
  }
  /// False once the client has gone.
  bool say(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  void say_line(std::string_view line) const { say(std::string{line} + '\0'); }
  void wait_for_end() const { read(1); }

 private:
  int fd_;
};

/// Plays clamd: every connection runs `play` on a thread of its own.
class clamd_double {
 public:
  using play_fn = std::function<void(const clamd_peer&)>;

  /// On 127.0.0.1, or on a Unix socket in a folder of its own.
  explicit clamd_double(play_fn play, bool local = false) : play_(std::move(play)) {
    fd_ = ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    const bool bound = local ? bind_unix() : bind_tcp();
    if (!bound || ::listen(fd_, 64) != 0) throw std::runtime_error("the double does not listen");
    thread_ = std::thread([this] { run(); });
  }
  ~clamd_double() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (auto& t : peers_) t.join();
    ::close(fd_);
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  clamd_double(const clamd_double&) = delete;
  clamd_double& operator=(const clamd_double&) = delete;

  [[nodiscard]] clamd_settings settings() const {
    clamd_settings out;
    if (!folder_.empty())
      out.socket_path = folder_ / "clamd";
    else
      out.host = "127.0.0.1";
    out.port = port_;
    return out;
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  bool bind_tcp() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return false;
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    return true;
  }
  bool bind_unix() {
    std::string folder = std::filesystem::temp_directory_path() / "postroom-clamd-XXXXXX";
    if (!::mkdtemp(folder.data())) return false;
    folder_ = folder;
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string path = folder_ / "clamd";
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    return ::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  }
  void run() {
    for (int fd = ::accept(fd_, nullptr, nullptr); fd >= 0; fd = ::accept(fd_, nullptr, nullptr)) {
      ++connections_;
      peers_.emplace_back([this, fd] { play_(clamd_peer{fd}); });
    }
  }

  play_fn play_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::filesystem::path folder_;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> peers_;
  std::thread thread_;
};

/// A scanner whose verdicts can be waited for. Counts them, for each must come exactly once.
class clamd_client {
 public:
  explicit clamd_client(clamd_settings settings)
      : scanner_(make_clamd(loop_, std::move(settings))) {}

  std::future<result<scan_verdict>> start(std::string mail) {
    auto ended = std::make_shared<std::promise<result<scan_verdict>>>();
    scanner_->scan(std::make_shared<const std::string>(std::move(mail)), [this, ended](auto r) {
      ++verdicts_;
      ended->set_value(std::move(r));
    });
    return ended->get_future();
  }
  template <class T>
  static result<T> wait(std::future<result<T>> future) {
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    return fail(ec::internal, "no verdict came");
  }
  result<scan_verdict> scan(std::string mail = "Subject: x\r\n\r\nhello\r\n") {
    return wait(start(std::move(mail)));
  }
  std::future<result<void>> start_ping() {
    auto ended = std::make_shared<std::promise<result<void>>>();
    scanner_->ping([ended](auto r) { ended->set_value(std::move(r)); });
    return ended->get_future();
  }
  result<void> ping() { return wait(start_ping()); }
  void drop() { scanner_.reset(); }
  /// Returns after the loop has done what was asked of it before.
  void round() {
    std::promise<void> done;
    loop_.post([&] { done.set_value(); });
    done.get_future().wait();
  }
  [[nodiscard]] int verdicts() const { return verdicts_; }

 private:
  std::atomic<int> verdicts_ = 0;
  event_loop loop_;
  std::unique_ptr<mail_scanner> scanner_;
};

}  // namespace postroom::channels

#include "tests/support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/support/scripted_text.hpp"

namespace postroom::support {
namespace {

using kind = step::kind;
using clock = std::chrono::steady_clock;

/// Why a connection's script ended early: the client left the script, or time is up.
struct off_script : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The server is being destroyed; nothing to report.
struct stopped {};

/// What all connections of a server share.
struct stage {
  int stop_fd = ::eventfd(0, EFD_CLOEXEC);
  clock::time_point deadline;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t accepted = 0;
  std::size_t played = 0;
  bool stopping = false;
  std::string trouble;  ///< the first one
  std::vector<std::string> received;
  std::set<std::string, std::less<>> reached, released;

  ~stage() { ::close(stop_fd); }

  void note(const std::string& what) {
    std::lock_guard lock(mutex);
    if (trouble.empty()) trouble = what;
    changed.notify_all();
  }
  void keep(std::string bytes) {
    std::lock_guard lock(mutex);
    received.push_back(std::move(bytes));
  }
  void wait_at_gate(const std::string& name) {
    std::unique_lock lock(mutex);
    reached.insert(name);
    changed.notify_all();
    changed.wait_until(lock, deadline, [&] { return stopping || released.contains(name); });
    if (stopping) throw stopped{};
    if (!released.contains(name)) throw off_script("gate '" + name + "' was never released");
  }
  void finish_one() {
    std::lock_guard lock(mutex);
    ++played;
    changed.notify_all();
  }
};

/// Waits until `fd` shows one of `events`; false at the deadline.
bool ready(const stage& all, int fd, short events) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(all.deadline - clock::now());
  pollfd fds[2] = {{fd, events, 0}, {all.stop_fd, POLLIN, 0}};
  int n = ::poll(fds, 2, static_cast<int>(std::max<int64_t>(left.count(), 0)));
  if (n > 0 && fds[1].revents != 0) throw stopped{};
  return n > 0 && fds[0].revents != 0;
}

/// One connection and its way through the script.
class player {
 public:
  player(stage& all, int fd) : all_(all), fd_(fd) {
    int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~player() { shut(); }
  player(const player&) = delete;
  player& operator=(const player&) = delete;

  void play(const dialog& script) {
    for (const auto& s : script.steps()) {
      if (fd_ < 0) break;
      run(s);
    }
  }

  /// After the last step: the client may go or stay, but not talk.
  void see_off() {
    if (fd_ < 0 || (in_.empty() && (!ready(all_, fd_, POLLIN) || !read_more()))) return;
    auto line = read_line().value_or(in_);
    if (line.ends_with("QUIT") || line.ends_with("LOGOUT")) return;
    throw off_script("after the end of the script the client said " + quoted(line));
  }

 private:
  void run(const step& s) {
    switch (s.what) {
      case kind::say:
        return say(s.count == 0 ? filled_in(s.text, words_) : s.text, s.count);
      case kind::expect:
        return expect(s.text);
      case kind::expect_like:
        return expect_like(s.text);
      case kind::expect_data:
        return take_data();
      case kind::gate:
        return all_.wait_at_gate(s.text);
      case kind::close:
        return shut();
      case kind::reset:
        return abort_connection();
      case kind::half_close:
        ::shutdown(fd_, SHUT_WR);
        return;
      case kind::hang:
        return ignore_until_closed();
    }
  }

  void say(std::string_view bytes, std::size_t per_write) {
    while (!bytes.empty()) {
      auto chunk = bytes.substr(0, per_write == 0 ? bytes.size() : per_write);
      auto n = ::send(fd_, chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EAGAIN) {
        throw off_script("the client closed while it should listen to " + quoted(bytes));
      } else if (!ready(all_, fd_, POLLOUT)) {
        throw off_script("the client did not read " + quoted(bytes));
      }
    }
  }

  void expect(std::string_view pattern) {
    auto line = need_line(pattern);
    script_words found;
    if (!matches(pattern, line, found)) disagree(pattern, line);
    for (auto& [name, word] : found) words_[name] = word;
  }

  void expect_like(const std::string& pattern) {
    auto line = need_line(pattern);
    if (!is_like(line, pattern)) disagree(pattern, line);
  }

  void take_data() {
    std::string data;
    for (;;) {
      auto line = need_line("mail data up to a lone dot");
      if (line == ".") break;
      data.append(line).append("\r\n");
    }
    all_.keep(std::move(data));
  }

  void ignore_until_closed() {
    // Data the client still sends stays unread, so only the hang-up itself is waited for.
    pollfd gone{fd_, POLLRDHUP, 0};
    if (!ready(all_, fd_, gone.events))
      throw off_script("the client never left the hanging server");
    shut();
  }

  std::string need_line(std::string_view wanted) {
    auto line = read_line();
    if (!line) throw off_script("expected " + quoted(wanted) + ", but the client closed");
    return *line;
  }

  /// One line without its CRLF, or nothing when the client closed.
  std::optional<std::string> read_line() {
    std::size_t end = 0;
    while ((end = in_.find("\r\n", end)) == std::string::npos) {
      end = in_.empty() ? 0 : in_.size() - 1;
      if (!read_more()) return std::nullopt;
    }
    auto line = in_.substr(0, end);
    in_.erase(0, end + 2);
    return line;
  }

  bool read_more() {
    if (!ready(all_, fd_, POLLIN))
      throw off_script("waited in vain; so far the client said " + quoted(in_));
    char buffer[65536];
    auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n > 0) in_.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  [[noreturn]] static void disagree(std::string_view wanted, std::string_view got) {
    throw off_script("expected " + quoted(wanted) + ", got " + quoted(got));
  }

  void abort_connection() {
    linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    shut();
  }

  void shut() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  stage& all_;
  int fd_;
  std::string in_;
  script_words words_;
};

int listen_on_loopback() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 64) != 0)
    throw std::runtime_error("no listening socket on 127.0.0.1");
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

struct scripted_server::impl {
  stage all;
  int listener = listen_on_loopback();
  std::vector<dialog> scripts;
  std::vector<std::thread> players;  ///< touched by the acceptor thread until it is joined
  std::thread acceptor;

  void accept_all() {
    try {
      while (ready(all, listener, POLLIN)) {
        int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        std::lock_guard lock(all.mutex);
        auto n = all.accepted++;
        players.emplace_back([this, fd, n] { serve(fd, n); });
      }
    } catch (const stopped&) {
    }
  }

  void serve(int fd, std::size_t n) {
    auto who = "connection " + std::to_string(n + 1) + ": ";
    player p(all, fd);
    try {
      if (n >= scripts.size()) throw off_script("the script has no such connection");
      p.play(scripts[n]);
      all.finish_one();
      p.see_off();
    } catch (const std::runtime_error& e) {
      all.note(who + e.what());
    } catch (const stopped&) {
    }
  }
};

scripted_server::scripted_server(std::vector<dialog> connections) : x_(std::make_unique<impl>()) {
  x_->scripts = std::move(connections);
  x_->all.deadline = clock::now() + std::chrono::seconds(20);
  x_->acceptor = std::thread([this] { x_->accept_all(); });
}

scripted_server::~scripted_server() {
  {
    std::lock_guard lock(x_->all.mutex);
    x_->all.stopping = true;
    x_->all.changed.notify_all();
  }
  uint64_t one = 1;
  [[maybe_unused]] auto n = ::write(x_->all.stop_fd, &one, sizeof one);
  x_->acceptor.join();
  for (auto& t : x_->players) t.join();
  ::close(x_->listener);
}

uint16_t scripted_server::port() const {
  return port_of(x_->listener);
}

std::string scripted_server::verdict() {
  auto& all = x_->all;
  std::unique_lock lock(all.mutex);
  all.changed.wait_until(lock, all.deadline,
                         [&] { return !all.trouble.empty() || all.played >= x_->scripts.size(); });
  if (all.trouble.empty() && all.played < x_->scripts.size())
    return "only " + std::to_string(all.played) + " of " + std::to_string(x_->scripts.size()) +
           " dialogs were played to the end";
  return all.trouble;
}

std::vector<std::string> scripted_server::received() const {
  std::lock_guard lock(x_->all.mutex);
  return x_->all.received;
}

std::size_t scripted_server::connections() const {
  std::lock_guard lock(x_->all.mutex);
  return x_->all.accepted;
}

bool scripted_server::await(std::string_view gate) {
  auto& all = x_->all;
  std::unique_lock lock(all.mutex);
  return all.changed.wait_until(lock, all.deadline, [&] { return all.reached.contains(gate); });
}

void scripted_server::release(std::string_view gate) {
  std::lock_guard lock(x_->all.mutex);
  x_->all.released.emplace(gate);
  x_->all.changed.notify_all();
}

}  // namespace postroom::support

#include "api/sockets.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace postroom::api {
namespace {

constexpr int backlog = 128;

std::string reason(int number) {
  return std::generic_category().message(number);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<void*>(address.sun_path), path.data(), path.size());
  return address;
}

result<void> check_path(const std::string& path, const std::string& setting) {
  if (path.empty()) return fail(ec::config_invalid, setting + ": the path of the socket is empty");
  if (path.size() <= max_socket_path) return {};
  return fail(ec::config_invalid, setting + ": the path " + path + " has " +
                                      std::to_string(path.size()) +
                                      " bytes; a Unix-domain socket can have at most " +
                                      std::to_string(max_socket_path) + ". Set " + setting +
                                      " to a shorter path, such as /run/postroom/admin.sock");
}

/// 0 or an errno.
int try_connect(int fd, const std::string& path) {
  auto address = address_of(path);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                         : errno;
}

result<void> make_parent(const std::string& path, const std::string& setting) {
  const auto parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (parent.empty() || std::filesystem::exists(parent, error)) return {};
  if (!parent.parent_path().empty())
    std::filesystem::create_directories(parent.parent_path(), error);
  if (::mkdir(parent.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(ec::config_invalid,
              setting + ": cannot make the directory " + parent.string() + ": " + reason(errno));
}

result<unique_fd> take_lock(const std::string& path, const std::string& setting) {
  const auto name = path + ".lock";
  unique_fd lock{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock)
    return fail(ec::config_invalid, setting + ": cannot open " + name + ": " + reason(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return fail(ec::already_exists,
              "a Postroom server is already running with the admin socket " + path);
}

/// Removes what a dead server left behind. The lock is held, so a listener can only be another
/// program.
result<void> clear_stale(const std::string& path, const std::string& setting) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return fail(ec::config_invalid, setting + ": cannot look at " + path + ": " + reason(errno));
  }
  if (!S_ISSOCK(info.st_mode))
    return fail(
        ec::config_invalid,
        setting + ": " + path + " exists and is not a socket; remove it or set another path");
  unique_fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int failed = probe ? try_connect(probe.get(), path) : errno;
  if (failed != ECONNREFUSED)
    return fail(ec::already_exists, "another program listens on the admin socket " + path);
  if (::unlink(path.c_str()) != 0)
    return fail(ec::config_invalid, setting + ": cannot remove " + path + ": " + reason(errno));
  return {};
}

result<unique_fd> bind_unix(const std::string& path, const std::string& setting) {
  unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return fail(ec::store_io, "cannot make a socket: " + reason(errno));
  // Linux gives the file the mode of the unbound socket, so it never exists with a wider one; a
  // umask would have to be changed for the whole process.
  if (::fchmod(fd.get(), 0600) != 0) return fail(ec::store_io, "fchmod: " + reason(errno));
  auto address = address_of(path);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(ec::config_invalid,
                setting + ": cannot make the socket " + path + ": " + reason(errno));
  if (::listen(fd.get(), backlog) != 0) return fail(ec::store_io, "listen: " + reason(errno));
  return fd;
}

result<unique_fd> bind_tcp(const addrinfo& address) {
  unique_fd fd{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return fail(ec::config_invalid, reason(errno));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(fd.get(), backlog) != 0)
    return fail(ec::config_invalid, reason(errno));
  return fd;
}

/// 0 or an errno.
int finish_connect(int fd, const addrinfo& to, std::chrono::steady_clock::time_point until) {
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const auto left = std::chrono::ceil<duration>(until - std::chrono::steady_clock::now()).count();
  pollfd p{fd, POLLOUT, 0};
  if (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) <= 0) return ETIMEDOUT;
  int failed = 0;
  socklen_t size = sizeof failed;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) == 0 ? failed : errno;
}

uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

void unique_fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

result<unix_listener> unix_listener::open(const std::string& path, const std::string& setting) {
  if (auto r = check_path(path, setting); !r) return r.error();
  if (auto r = make_parent(path, setting); !r) return r.error();
  auto lock = take_lock(path, setting);
  if (!lock) return lock.error();
  if (auto r = clear_stale(path, setting); !r) return r.error();
  auto socket = bind_unix(path, setting);
  if (!socket) return socket.error();
  return unix_listener{std::move(*lock), std::move(*socket), path};
}

unix_listener::~unix_listener() {
  if (socket_) ::unlink(path_.c_str());  // before the lock is given up, so it can only be ours
}

result<unique_fd> connect_unix(const std::string& path, duration limit) {
  if (auto r = check_path(path, "admin_socket"); !r) return r.error();
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return fail(ec::store_io, "cannot make a socket: " + reason(errno));
    const int failed = try_connect(fd.get(), path);
    if (failed == 0) return fd;
    if (failed == ENOENT) return fail(ec::not_found, "there is no socket " + path);
    if (failed == EACCES || failed == EPERM)
      return fail(ec::config_invalid,
                  "the socket " + path +
                      " belongs to another user: run this as the user of `postroom serve`, or with "
                      "sudo");
    if (failed != EAGAIN && failed != EINTR)
      return fail(ec::unreachable, "the socket " + path + ": " + reason(failed));
    // EAGAIN: the server's queue of connections is full, and a Unix-domain socket cannot be polled
    // for a place in it.
    if (std::chrono::steady_clock::now() >= until)
      return fail(ec::timeout, "no place in the queue of " + path + " within " +
                                   std::to_string(limit.count()) + " ms");
    ::poll(nullptr, 0, 5);
  }
}

result<unique_fd> connect_tcp(const std::string& host, uint16_t port, duration limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto where = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found))
    return fail(ec::dns_failed, where + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found, ::freeaddrinfo};
  int why = 0;
  for (const auto* a = found; a; a = a->ai_next) {
    unique_fd fd{::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return fail(ec::store_io, "cannot make a socket: " + reason(errno));
    why = finish_connect(fd.get(), *a, until);
    if (why == 0) return fd;
  }
  return fail(why == ETIMEDOUT ? ec::timeout : ec::unreachable, where + ": " + reason(why));
}

result<tcp_listener> listen_tcp(const std::string& host, uint16_t port,
                                const std::string& setting) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const auto where = setting + ": cannot listen on " + host + ":" + std::to_string(port) + ": ";
  const int failed = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                   std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return fail(ec::config_invalid, where + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found, ::freeaddrinfo};
  std::string why;
  for (const addrinfo* a = found; a; a = a->ai_next) {
    auto fd = bind_tcp(*a);
    if (fd) {
      const auto chosen = port_of(fd->get());
      return tcp_listener{std::move(*fd), chosen};
    }
    if (why.empty()) why = fd.error().detail;
  }
  return fail(ec::config_invalid, where + why);
}

result<std::pair<std::string, uint16_t>> parse_listen(const std::string& text,
                                                      const std::string& setting) {
  const auto wrong = [&] {
    return fail(
        ec::config_invalid,
        setting + ": \"" + text + "\" is not HOST:PORT, such as 127.0.0.1:9464 or [::1]:9464");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return wrong();
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || rest != end) return wrong();
  return std::pair{host, port};
}

}  // namespace postroom::api

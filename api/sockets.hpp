#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

/// Owns a file descriptor.
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  ~unique_fd() { reset(); }
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// The longest path a Unix-domain socket can have, in bytes (sun_path without its end).
inline constexpr std::size_t max_socket_path = 107;

/// A bound and listening Unix-domain socket. The file has mode 0600; a missing parent directory is
/// made with 0700. A lock file beside it (PATH.lock) says who owns the path, so of two servers that
/// start at once only one wins.
class unix_listener {
 public:
  /// A socket file nobody listens on is replaced; any other kind of file is left alone. `setting`
  /// is the name of the setting the path came from, for the message. Errors: config_invalid (the
  /// path cannot be used), already_exists (a server runs there), store_io.
  static result<unix_listener> open(const std::string& path, const std::string& setting);
  unix_listener(unix_listener&&) = default;
  unix_listener& operator=(unix_listener&&) = delete;
  /// Removes the socket file, unless it was moved from.
  ~unix_listener();
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  unix_listener(unique_fd lock, unique_fd socket, std::string path)
      : lock_(std::move(lock)), socket_(std::move(socket)), path_(std::move(path)) {}
  unique_fd lock_;
  unique_fd socket_;
  std::string path_;
};

/// Connects, waiting no longer than `limit` for a place in the server's queue. Errors: not_found
/// (no such socket), unreachable (nobody listens), config_invalid (the path is too
/// long, or not ours to open), timeout.
result<unique_fd> connect_unix(const std::string& path, duration limit);

/// Connects to the first address of `host` that answers, all within `limit`; the look-up of the
/// name comes before and takes what it takes. Errors: dns_failed, unreachable, timeout.
result<unique_fd> connect_tcp(const std::string& host, uint16_t port, duration limit);

struct tcp_listener {
  unique_fd socket;
  uint16_t port = 0;  ///< the one the system chose when 0 was asked for
};
/// Binds and listens. `host` is a name or a numeric address; empty: all interfaces. Errors:
/// config_invalid.
result<tcp_listener> listen_tcp(const std::string& host, uint16_t port, const std::string& setting);

/// "127.0.0.1:9464", "[::1]:9464", ":9464" (all interfaces). Errors: config_invalid.
result<std::pair<std::string, uint16_t>> parse_listen(const std::string& text,
                                                      const std::string& setting);

}  // namespace postroom::api

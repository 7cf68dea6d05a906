#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "api/sockets.hpp"
#include "api/tls_context.hpp"

namespace postroom::api {

/// A connected, non-blocking socket, with or without TLS on it.
class channel {
 public:
  enum class status { done, wants_read, wants_write, closed };
  struct moved {
    status what = status::closed;
    std::size_t bytes = 0;  ///< with done: at least one
  };

  /// Without TLS.
  explicit channel(unique_fd socket) : socket_(std::move(socket)) {}
  /// `tls` null: broken, it says closed to everything.
  channel(unique_fd socket, tls_session tls);

  [[nodiscard]] int fd() const { return socket_.get(); }
  /// Null: without TLS.
  [[nodiscard]] ssl_st* tls() const { return ssl_.get(); }
  /// Until it is done, before anything else; done at once without TLS.
  status handshake();
  moved read(char* to, std::size_t size);
  moved write(std::string_view from);
  /// Says that no more comes. Afterwards only discard().
  void finish();
  /// Reads and throws away, so that the peer may read our last words: a socket closed with unread
  /// bytes resets the connection.
  status discard();
  /// RFC 2253; blank: the client has proved none.
  [[nodiscard]] std::string client_subject() const;

 private:
  status status_of(int returned);

  unique_fd socket_;
  tls_session ssl_{nullptr, nullptr};
  bool broken_ = false;
};

}  // namespace postroom::api

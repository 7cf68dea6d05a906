#pragma once

#include <memory>
#include <string_view>

#include "api/http_types.hpp"

namespace postroom::api {

/// Reads requests of HTTP/1.1 (RFC 9112) out of bytes in any split, one after another. Pure: no
/// sockets, no clock. It stops where its owner has something to say: after the head, and at the end
/// of the request.
class http_reader {
 public:
  static constexpr std::size_t max_head = 32u << 10;
  static constexpr std::size_t max_path = 256;
  static constexpr std::size_t max_headers = 100;

  enum class state { head, head_done, body, done, failed };

  http_reader();
  ~http_reader();
  http_reader(const http_reader&) = delete;
  http_reader& operator=(const http_reader&) = delete;

  /// Takes bytes up to the next stop; gives how many. Takes none in head_done, done and failed.
  std::size_t feed(std::string_view bytes);
  [[nodiscard]] state now() const;
  /// head_done -> body of at most `max` bytes, or failed when more are announced.
  void read_body(std::size_t max);
  /// done -> head, of the next request.
  void next();

  /// The head is complete from head_done on, the body at done. May be moved from at done.
  http_request& request();
  /// Why it failed, as an HTTP status: 400, 413, 414, 417, 431.
  [[nodiscard]] int problem() const;
  /// From head_done on: the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const;
  /// From head_done on: bytes of the body as announced; 0 when it comes in chunks.
  [[nodiscard]] std::size_t announced() const;
  /// At done: the client keeps the connection.
  [[nodiscard]] bool keeps_alive() const;
  /// Bytes of memory that the body takes now.
  [[nodiscard]] std::size_t held() const;

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api

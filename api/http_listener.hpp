#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/sockets.hpp"
#include "base/clock.hpp"

namespace postroom::api {

struct http_request {
  std::string method;
  std::string path;
  std::string content_type;  ///< lower case, without parameters
  std::string body;
  std::optional<uint32_t> uid;  ///< of the peer of a Unix-domain socket
};

struct http_response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Called on the listener's threads, several at a time; may block.
struct http_handler {
  /// Looks at a request before its body is read; an answer refuses it.
  std::function<std::optional<http_response>(const http_request&)> refuse;
  std::function<http_response(http_request&)> answer;
  /// The answer to what is no proper request: 400, 413, 414, 415, 503.
  std::function<http_response(int status)> problem;
};

struct http_limits {
  std::string name = "http";
  std::size_t threads = 4;
  std::size_t queued = 32;  ///< connections waiting for a thread; more are answered 503
  std::size_t max_body = 1u << 20;
  duration read_limit{30'000};   ///< for the whole request, from the moment a thread takes it
  duration write_limit{60'000};  ///< for the whole answer
};

/// Answers HTTP/1.1 on a listening socket, one request a connection. httplib reads requests and
/// writes answers; accepting, threads and time limits are ours, because httplib's accept loop ends
/// at the first error and its pool is unbounded.
class http_listener {
 public:
  /// Starts. `socket` must be listening and non-blocking and outlive this.
  http_listener(int socket, http_handler handler, http_limits limits);
  ~http_listener();
  http_listener(const http_listener&) = delete;
  http_listener& operator=(const http_listener&) = delete;
  /// Accepts nothing more, breaks off requests that are still being read, waits for the handlers at
  /// work. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api

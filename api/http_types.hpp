#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace postroom::api {

struct http_request {
  std::string method;
  std::string path;                            ///< without the query
  std::string query;                           ///< behind the "?"; may hold secrets: never log it
  std::map<std::string, std::string> headers;  ///< names in lower case; repeated lists are joined
  std::string content_type;                    ///< lower case, without parameters
  std::string body;
  std::optional<uint32_t> uid;     ///< of the peer of a Unix-domain socket
  std::size_t max_body = 0;        ///< what was allowed by its head, also after decompression
  std::string peer;                ///< "127.0.0.1:40112", or "unix"
  std::string client_certificate;  ///< subject (RFC 2253) of the certificate the client proved
  std::chrono::steady_clock::time_point received;  ///< when its last byte came

  /// The value of a header, its name in lower case; blank when there is none.
  [[nodiscard]] std::string_view header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string_view{} : std::string_view{at->second};
  }
};

struct http_response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// What becomes of a request by its head: an answer refuses it, else the body may have this many
/// bytes.
struct http_verdict {
  std::optional<http_response> refusal;
  std::size_t max_body = 0;
};

struct http_handler {
  /// Looks at a request before its body is read. Called on the one thread that serves all
  /// connections: never blocks.
  std::function<http_verdict(const http_request&)> look;
  /// Called on the listener's pool, several at a time; may block.
  std::function<http_response(http_request&)> answer;
  /// The answer to what is no proper request or cannot be served: 400, 408, 413, 414, 417, 431,
  /// 500, 503. Any thread; never blocks.
  std::function<http_response(int status)> problem;
};

struct http_limits {
  std::string name = "http";
  std::size_t threads = 4;
  std::size_t queued = 32;  ///< whole requests that wait for a thread; more are answered 503
  std::size_t max_connections = 256;
  std::size_t max_per_address = SIZE_MAX;  ///< connections; an IPv6 /64 counts as one
  std::size_t max_buffered = 128u << 20;   ///< bodies of requests and answers, all connections
  duration head_limit{10'000};             ///< for the TLS handshake and a request's head together
  duration read_limit{30'000};             ///< for a whole request, from its first byte
  duration write_limit{60'000};            ///< for a whole answer
  duration idle_limit{30'000};             ///< between two requests of a connection
};

}  // namespace postroom::api

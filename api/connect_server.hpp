#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/connect_calls.hpp"
#include "api/connect_method.hpp"
#include "api/http_types.hpp"
#include "api/tls_context.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

/// Where methods can be called from other machines.
struct https_options {
  std::string listen;                    ///< "127.0.0.1:8443"; port 0: any free one
  std::string setting = "admin_listen";  ///< what messages call the setting `listen` came from
  tls_options tls;
};

struct connect_options {
  std::string socket_path;
  std::string setting = "admin_socket";  ///< what messages call the setting the path came from
  std::optional<https_options> https;    ///< beside the socket, with threads of its own
  std::size_t threads = 4;
  std::size_t queued = 64;  ///< whole requests waiting for a thread; more get `unavailable`
  std::size_t max_request = 64u << 20;    ///< bytes, also after decompression
  std::size_t max_buffered = 128u << 20;  ///< bodies of requests and answers together
  std::size_t max_connections = 256;
  std::size_t max_per_address = 32;  ///< connections over HTTPS; an IPv6 /64 counts as one
  duration head_limit{10'000};       ///< for handshake and head
  duration read_limit{30'000};       ///< for a whole request
  duration write_limit{60'000};      ///< for a whole answer
  duration idle_limit{30'000};       ///< between two calls on a connection
};

/// Answers unary calls of the Connect protocol (https://connectrpc.com/docs/protocol) over HTTP/1.1
/// on a Unix-domain socket, and over HTTPS if asked: POST /package.Service/Method with
/// application/proto or application/json. Who may do what is for the guard and the handlers to
/// decide, by their call_context.
class connect_server {
 public:
  explicit connect_server(connect_options options);
  /// Stops.
  ~connect_server();
  connect_server(const connect_server&) = delete;
  connect_server& operator=(const connect_server&) = delete;

  /// Registers a method, "postroom.admin.v1.CallsService/Get". The handler runs on the server's
  /// threads, several at a time, and may block; an error it gives reaches the caller as a Connect
  /// error, with what it told call_context::violate; an exception as `internal`. Before start()
  /// only.
  template <class Request, class Response>
  void add(const std::string& name,
           std::function<result<Response>(const Request&, const call_context&)> handler) {
    add(name, make_method<Request, Response>(std::move(handler)));
  }
  /// The same for a method whose types are known only at run time.
  void add(const std::string& name, connect_method m);
  /// Registers a page at a path, "/oauth/callback", of the HTTPS listener alone. Before start()
  /// only.
  void add_page(std::string path, http_page page);
  /// Asked about each request to a method before its body is read. Before start() only.
  void guard(head_guard g);

  /// Listens. Errors: config_invalid (the path, the address, the TLS files), already_exists (a
  /// server runs there), store_io.
  result<void> start();
  /// The port of `https`, once started; 0: none.
  [[nodiscard]] uint16_t https_port() const;
  /// Reads the TLS files anew, for connections that come from now on. With an error the old ones
  /// stay. Errors: config_invalid.
  result<void> reload_certificates();
  /// Waits for handlers at work, then removes the socket. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api

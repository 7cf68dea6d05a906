#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "api/call_context.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

struct connect_options {
  std::string socket_path;
  std::string setting = "admin_socket";  ///< what messages call the setting the path came from
  std::size_t threads = 4;
  std::size_t queued = 64;  ///< connections waiting for a thread; more get `unavailable`
  std::size_t max_request = 64u << 20;  ///< bytes, also after decompression
  duration read_limit{30'000};          ///< for a whole request
  duration write_limit{60'000};         ///< for a whole answer
};

/// Answers unary calls of the Connect protocol (https://connectrpc.com/docs/protocol) over HTTP/1.1
/// on a Unix-domain socket: POST /package.Service/Method with application/proto or
/// application/json. One call a connection. Who may open the socket (its owner, mode 0600) may call
/// everything.
class connect_server {
 public:
  explicit connect_server(connect_options options);
  /// Stops.
  ~connect_server();
  connect_server(const connect_server&) = delete;
  connect_server& operator=(const connect_server&) = delete;

  /// Registers a method, "postroom.admin.v1.CallsService/Get". The handler runs on the server's
  /// threads, several at a time, and may block; an error it gives reaches the caller as a Connect
  /// error, an exception as `internal`. Before start() only.
  template <class Request, class Response>
  void add(std::string name,
           std::function<result<Response>(const Request&, const call_context&)> handler) {
    add_untyped(std::move(name), {[] { return std::make_unique<Request>(); },
                                  [h = std::move(handler)](const google::protobuf::Message& in,
                                                           const call_context& context) {
                                    return erase(h(static_cast<const Request&>(in), context));
                                  }});
  }

  /// Listens. Errors: config_invalid (the path), already_exists (a server runs there), store_io.
  result<void> start();
  /// Waits for handlers at work, then removes the socket. Idempotent.
  void stop();

 private:
  using message_ptr = std::unique_ptr<google::protobuf::Message>;
  struct method {
    std::function<message_ptr()> make_request;
    std::function<result<message_ptr>(const google::protobuf::Message&, const call_context&)> call;
  };
  template <class Response>
  static result<message_ptr> erase(result<Response> r) {
    if (!r) return r.error();
    return message_ptr{std::make_unique<Response>(std::move(*r))};
  }
  void add_untyped(std::string name, method m);

  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::api

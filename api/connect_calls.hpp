#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "api/connect_method.hpp"
#include "api/http_types.hpp"
#include "base/clock.hpp"

namespace postroom::api {

/// How much of a request's body is worth reading.
struct body_bound {
  std::size_t bytes;  ///< also after decompression
  bool may_be_packed = true;
};

/// Says by the head alone whether anything can come of a call. Its context has no violations.
/// Called on the thread that serves all connections: never blocks.
using head_guard = std::function<result<body_bound>(const call_context&)>;

/// What is no call: a page for a browser, or a notice of another service. It says itself who may
/// do what.
struct http_page {
  std::string method = "GET";
  std::size_t max_body = 0;
  std::function<http_response(const http_request&)> answer;  ///< may block
};

/// Unary calls of the Connect protocol (https://connectrpc.com/docs/protocol), from a whole HTTP
/// request to its answer. No sockets. Thread-safe once all methods are added.
class connect_calls {
 public:
  /// `max_request`: bytes of a body after decompression, when no guard says less. `patience`: the
  /// deadline of a call that names none.
  connect_calls(std::size_t max_request, duration patience);

  /// `name` is "postroom.admin.v1.CallsService/Get".
  void add(const std::string& name, connect_method m);
  /// `path` is "/oauth/callback". Only over HTTPS.
  void add_page(std::string path, http_page page) { pages_[std::move(path)] = std::move(page); }
  /// Asked about each request to a method, before its body is read. Without: all may come.
  void guard(head_guard g) { guard_ = std::move(g); }
  /// Refuses when the head alone shows that nothing can come of the request.
  [[nodiscard]] http_verdict look(const http_request& in) const;
  /// Of a request that was not refused.
  [[nodiscard]] http_response answer(http_request& in) const;
  /// The answer to what is no proper HTTP request or cannot be served now.
  static http_response problem(int status);

 private:
  [[nodiscard]] std::optional<http_response> refuse(const http_request& in) const;
  http_response call(const connect_method& m, http_request& in) const;

  std::size_t max_request_;
  duration patience_;
  head_guard guard_;
  [[nodiscard]] const http_page* page_of(const http_request& in) const;

  std::map<std::string, connect_method> methods_;  // by path
  std::map<std::string, http_page> pages_;         // likewise
};

}  // namespace postroom::api

#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/connect_method.hpp"
#include "api/http_types.hpp"
#include "base/clock.hpp"

namespace postroom::api {

/// Unary calls of the Connect protocol (https://connectrpc.com/docs/protocol), from a whole HTTP
/// request to its answer. No sockets. Thread-safe once all methods are added.
class connect_calls {
 public:
  /// `max_request`: bytes of a body after decompression. `patience`: the deadline of a call that
  /// names none.
  connect_calls(std::size_t max_request, duration patience);

  /// `name` is "postroom.admin.v1.CallsService/Get".
  void add(const std::string& name, connect_method m);
  /// An answer when the head alone shows that nothing can come of the request.
  [[nodiscard]] std::optional<http_response> refuse(const http_request& in) const;
  /// Of a request that was not refused.
  [[nodiscard]] http_response answer(http_request& in) const;
  /// The answer to what is no proper HTTP request or cannot be served now.
  static http_response problem(int status);

 private:
  http_response call(const connect_method& m, http_request& in) const;

  std::size_t max_request_;
  duration patience_;
  std::map<std::string, connect_method> methods_;  // by path
};

}  // namespace postroom::api

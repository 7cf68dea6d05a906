#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

/// Calls methods of a connect_server over its Unix-domain socket, one connection a call. Blocks.
/// Not thread-safe to change, safe to call from several threads.
class connect_client {
 public:
  /// `limit`: for a whole call, and once more for the reading of its answer.
  explicit connect_client(std::string socket_path, duration limit = duration{60'000});

  /// `method` is "postroom.admin.v1.CallsService/Get". Errors: unreachable (no server there; the
  /// detail says what to do), timeout, connection_lost, and whatever the method answers.
  template <class Response>
  result<Response> call(const std::string& method, const google::protobuf::Message& request) const {
    Response response;
    if (auto r = call_untyped(method, request, response); !r) return r.error();
    return response;
  }

 private:
  result<void> call_untyped(const std::string& method, const google::protobuf::Message& request,
                            google::protobuf::Message& response) const;

  std::string socket_path_;
  duration limit_;
};

}  // namespace postroom::api

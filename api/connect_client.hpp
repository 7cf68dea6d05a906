#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <vector>

#include "api/call_context.hpp"
#include "api/tls_client.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

/// Calls methods of a connect_server over its Unix-domain socket or HTTPS, one connection a call.
/// Blocks. Not thread-safe to change, safe to call from several threads.
class connect_client {
 public:
  /// `limit`: for a whole call, the look-up of a host name aside.
  explicit connect_client(std::string socket_path, duration limit = duration{60'000});
  explicit connect_client(https_target server, duration limit = duration{60'000});

  /// `method` is "postroom.admin.v1.CallsService/Get". Errors: unreachable (no server there; the
  /// detail says what to do), dns_failed, tls_failed, timeout, connection_lost, and whatever the
  /// method answers; what it says about single fields goes to `violations` when given.
  template <class Response>
  result<Response> call(const std::string& method, const google::protobuf::Message& request,
                        std::vector<field_violation>* violations = nullptr) const {
    Response response;
    if (auto r = call_untyped(method, request, response, violations); !r) return r.error();
    return response;
  }

 private:
  result<void> call_untyped(const std::string& method, const google::protobuf::Message& request,
                            google::protobuf::Message& response,
                            std::vector<field_violation>* violations) const;
  result<channel> connect() const;

  std::string socket_path_;
  std::optional<https_target> server_;
  duration limit_;
};

}  // namespace postroom::api

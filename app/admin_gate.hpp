#pragma once

#include <functional>
#include <string>
#include <utility>

#include "access/caller.hpp"
#include "api/connect_server.hpp"
#include "base/result.hpp"

/// The one door to the admin methods: nobody's handler runs before the method's rule
/// (proto/postroom/admin/v1/rules.proto) has let the caller in.
namespace postroom::app {

/// Who calls, let in by the rule of the method. Errors: auth_refused.
result<access::caller> admit(const google::protobuf::Message& request,
                             const api::call_context& context);

/// Registers methods whose handlers learn who calls.
class guarded_server {
 public:
  explicit guarded_server(api::connect_server& server) : server_(server) {}

  /// `name` is "postroom.admin.v1.CallsService/Get".
  template <class Request, class Response>
  void add(std::string name,
           std::function<result<Response>(const Request&, const access::caller&)> handler) {
    server_.add<Request, Response>(
        std::move(name),
        [h = std::move(handler)](const Request& request,
                                 const api::call_context& context) -> result<Response> {
          const auto caller = admit(request, context);
          if (!caller) return caller.error();
          return h(request, *caller);
        });
  }

 private:
  api::connect_server& server_;
};

}  // namespace postroom::app

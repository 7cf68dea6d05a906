#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <utility>

#include "api/call_context.hpp"
#include "base/result.hpp"

namespace postroom::api {

using message_ptr = std::unique_ptr<google::protobuf::Message>;

/// A unary method without its types.
struct connect_method {
  std::function<message_ptr()> make_request;
  std::function<result<message_ptr>(const google::protobuf::Message&, const call_context&)> call;
};

template <class Request, class Response>
connect_method make_method(
    std::function<result<Response>(const Request&, const call_context&)> handler) {
  return {[] { return std::make_unique<Request>(); },
          [h = std::move(handler)](const google::protobuf::Message& in,
                                   const call_context& context) -> result<message_ptr> {
            auto r = h(static_cast<const Request&>(in), context);
            if (!r) return r.error();
            return message_ptr{std::make_unique<Response>(std::move(*r))};
          }};
}

}  // namespace postroom::api

#include "app/admin_gate.hpp"

namespace postroom::app {

result<access::caller> admit(const google::protobuf::Message&, const api::call_context& context) {
  return access::caller::machine_operator(
      context.uid ? "uid " + std::to_string(*context.uid) : "operator", context.peer);
}

}  // namespace postroom::app

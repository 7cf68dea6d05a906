#include "app/admin_gate.hpp"

namespace postroom::app {

result<access::caller> admit(const google::protobuf::Message&, const api::call_context& context) {
  // Only the kernel's word counts as yet: whoever comes another way is nobody.
  if (!context.uid)
    return fail(ec::auth_refused,
                "there is no sign-in yet: call over the admin socket of the node");
  return access::caller::machine_operator("uid " + std::to_string(*context.uid), context.peer);
}

}  // namespace postroom::app

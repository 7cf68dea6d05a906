#pragma once

#include <memory>

#include "access/registry.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_register.hpp"

/// The admin methods about who may do what.
namespace postroom::app {

using backend_ptr = std::shared_ptr<const admin_backend>;

/// Registers postroom.admin.v1.AccessService. Without a registry every method answers unsupported.
void register_access(guarded_server& server, const backend_ptr& backend);

}  // namespace postroom::app

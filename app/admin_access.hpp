#pragma once

#include <memory>
#include <ostream>

#include "access/registry.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_register.hpp"

/// The admin methods about who may do what.
namespace postroom::app {

using backend_ptr = std::shared_ptr<const admin_backend>;

/// Registers postroom.admin.v1.AccessService. Without a registry every method answers unsupported.
void register_access(guarded_server& server, const backend_ptr& backend);

/// On a node without principals: writes a new set-up token and what to do with it. Call it at the
/// start when others than the operator of the machine can reach the node. Not for a log file.
void announce_setup(access::registry& registry, std::ostream& out);

}  // namespace postroom::app

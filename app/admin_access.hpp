#pragma once

#include <ostream>

#include "access/registry.hpp"
#include "app/admin_gate.hpp"

/// The admin methods about who may do what.
namespace postroom::app {

/// Registers postroom.admin.v1.AccessService. `registry` must outlive the server; null: every
/// method answers unsupported.
void register_access(guarded_server& server, access::registry* registry);

/// On a node without principals: writes a new set-up token and what to do with it. Call it at the
/// start when others than the operator of the machine can reach the node. Not for a log file.
void announce_setup(access::registry& registry, std::ostream& out);

}  // namespace postroom::app

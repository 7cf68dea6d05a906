#pragma once

#include "app/admin_gate.hpp"
#include "app/setup_backend.hpp"

namespace postroom::app {

/// postroom.admin.v1.PartitionsService: the partitions and what decides their calls.
void register_partitions(guarded_server& server, const setup_backend& backend);

}  // namespace postroom::app

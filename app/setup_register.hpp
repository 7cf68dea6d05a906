#pragma once

#include "app/admin_gate.hpp"
#include "app/setup_backend.hpp"

namespace postroom::app {

/// Registers the services that change single objects of the configuration. Before the server
/// starts.
void register_setup(guarded_server& server, const setup_backend& backend);

}  // namespace postroom::app

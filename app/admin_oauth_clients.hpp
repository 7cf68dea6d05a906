#pragma once

#include "app/admin_gate.hpp"
#include "app/setup_backend.hpp"

namespace postroom::app {

/// The methods of postroom.admin.v1.OAuthService that read and change the configured clients; those
/// of their authorisation are in admin_oauth.hpp.
void register_oauth_clients(guarded_server& server, const setup_backend& backend);

}  // namespace postroom::app

#pragma once

#include <memory>

#include "api/connect_server.hpp"

namespace postroom::channels {
class graph_notices;
}

namespace postroom::app {

/// Where Microsoft Graph posts its change notifications: /graph/notifications over HTTPS. Nobody
/// signs in: a notification proves itself by its client state. What is posted, true or not, is
/// accepted alike (202), so the answer tells nothing; a request to validate the URL gets its token
/// back.
void register_graph_page(api::connect_server& server,
                         std::shared_ptr<channels::graph_notices> notices);

}  // namespace postroom::app

#pragma once

#include <functional>
#include <memory>

#include "app/secrets.hpp"
#include "base/result.hpp"
#include "channels/clamd.hpp"
#include "channels/factory.hpp"
#include "channels/tokens.hpp"
#include "partitions/scanning.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::app {

/// What the servers that name an OAuth client get of it.
struct token_access {
  std::shared_ptr<channels::token_source> tokens;
  std::string graph;  ///< where its cloud has Microsoft Graph: https://graph.microsoft.com/v1.0
};
/// How the servers of one partition find it.
using token_fn = std::function<result<token_access>(const std::string& client)>;

/// How change notifications of Microsoft Graph reach this node.
struct notice_access {
  std::string url;  ///< as Graph can reach it; empty: it cannot
  std::shared_ptr<channels::graph_notices> notices;
};

/// A server of this partition's configuration as its channel wants it, defaults filled in and the
/// secret resolved. Errors: config_invalid (the secret, the OAuth client, change_notifications
/// without a notification_url). `told` null: nobody is to be notified of anything, as in a trial.
result<channels::inbound_settings> inbound_settings_of(const partition_id& part,
                                                       const config::v1::IncomingServer& server,
                                                       const resolve_fn& resolve,
                                                       const token_fn& tokens = {},
                                                       const notice_access* told = nullptr);
result<channels::outbound_settings> outbound_settings_of(const partition_id& part,
                                                         const config::v1::OutgoingServer& server,
                                                         const resolve_fn& resolve,
                                                         const token_fn& tokens = {});
channels::clamd_settings clamd_settings_of(const partitions::scan_settings& settings);

}  // namespace postroom::app

#pragma once

#include "app/secrets.hpp"
#include "base/result.hpp"
#include "channels/clamd.hpp"
#include "channels/factory.hpp"
#include "partitions/scanning.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::app {

/// A server of the configuration as its channel wants it, defaults filled in and the secret
/// resolved. Errors: config_invalid (the secret).
result<channels::inbound_settings> inbound_settings_of(const config::v1::IncomingServer& server,
                                                       const resolve_fn& resolve);
result<channels::outbound_settings> outbound_settings_of(const config::v1::OutgoingServer& server,
                                                         const resolve_fn& resolve);
channels::clamd_settings clamd_settings_of(const partitions::scan_settings& settings);

}  // namespace postroom::app

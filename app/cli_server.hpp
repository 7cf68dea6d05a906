#pragma once

#include <optional>
#include <string>

#include "api/connect_client.hpp"
#include "app/cli.hpp"
#include "base/result.hpp"

/// Which server a command talks to.
namespace postroom::app {

struct server_place {
  std::string profile;                     ///< blank: none was named
  std::string socket;                      ///< on this machine; or:
  std::optional<api::https_target> https;  ///< on any
  bool signed_in = false;                  ///< its token is a session's
};

/// By --socket or --config; else by --profile or POSTROOM_PROFILE; else by POSTROOM_SOCKET or the
/// default socket. Errors: config_invalid, not_found (no such profile).
result<server_place> find_server(const invocation& in, const terminal& term);

api::connect_client client_of(const server_place& server, duration limit = duration{60'000});

/// The error with what its reader can do about it, given where the server is.
error explained(const server_place& server, error e);

}  // namespace postroom::app

#pragma once

#include <string>

#include "api/channel.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::api {

/// A server that is reached over TLS.
struct https_target {
  std::string host;  ///< a name or a numeric address; the server's certificate must be for it
  uint16_t port = 443;
  std::string ca_file;           ///< PEM: whose certificate is believed; blank: the system's list
  std::string certificate_file;  ///< PEM: what the client proves; blank: nothing
  std::string key_file;          ///< PEM
  std::string token;             ///< sent as "Authorization: Bearer ..."; blank: none
};

/// Connects and does the handshake within `limit`: TLS 1.2 or 1.3, certificate and host name
/// verified. Errors: those of connect_tcp, tls_failed, config_invalid (a file).
result<channel> connect_tls(const https_target& to, duration limit);

}  // namespace postroom::api

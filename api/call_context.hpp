#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace postroom::api {

/// Where a call comes from and how long its caller waits. Nothing in it is verified but `uid` (by
/// the kernel) and `client_certificate` (by the TLS handshake).
struct call_context {
  std::string method;           ///< "postroom.admin.v1.CallsService/Get"
  std::optional<uint32_t> uid;  ///< the peer's user id; set exactly on the Unix-domain socket
  std::string peer;             ///< "127.0.0.1:40112", or "unix"
  std::string authorization;    ///< the header as sent; blank: none
  std::string client_certificate;  ///< subject (RFC 2253) of the certificate that the client proved
  std::chrono::steady_clock::time_point deadline;  ///< afterwards nobody reads the answer
};

}  // namespace postroom::api

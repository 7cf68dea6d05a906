#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postroom::api {

/// One thing wrong with a request; travels beside an error (postroom.admin.v1.FieldViolations).
struct field_violation {
  std::string field;  ///< "partitions[0].templates[1].impact"
  std::string problem;
  std::string remedy;
};

/// Where a call comes from and how long its caller waits. Nothing in it is verified but `uid` (by
/// the kernel) and `client_certificate` (by the TLS handshake).
struct call_context {
  std::string method;              ///< "postroom.admin.v1.CallsService/Get"
  std::optional<uint32_t> uid;     ///< the peer's user id; set exactly on the Unix-domain socket
  std::string peer;                ///< "127.0.0.1:40112", or "unix"
  std::string authorization;       ///< the header as sent; blank: none
  std::string client_certificate;  ///< subject (RFC 2253) of the certificate that the client proved
  std::chrono::steady_clock::time_point deadline;  ///< afterwards nobody reads the answer

  /// Set by the server for the time of the call; null in calls of other origin.
  std::shared_ptr<std::vector<field_violation>> violations;
  /// Tells the caller a reason for the error that the handler is about to give; without an error
  /// nobody hears of it. Only on the handler's own thread.
  void violate(std::string field, std::string problem, std::string remedy) const {
    if (violations)
      violations->push_back({std::move(field), std::move(problem), std::move(remedy)});
  }
};

}  // namespace postroom::api

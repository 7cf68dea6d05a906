#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::channels {

/// What a client assertion (RFC 7523, 3) says.
struct assertion_claims {
  std::string client_id;
  std::string audience;  ///< the token endpoint
  std::string id;        ///< another one for each assertion
  time_point at{};       ///< valid for ten minutes from a minute before
};

/// A signed JWT (RFC 7515) with the digest of the certificate (x5t#S256). `pss`: PS256, else RS256
/// (RFC 7518, 3). Errors: config_invalid names certificate_file or certificate_key: no PEM, no RSA
/// key of 2048 bits or more, or not the certificate's. Takes a millisecond.
result<std::string> sign_assertion(const assertion_claims& claims, const std::string& certificate,
                                   const std::string& key, bool pss);

/// When the first certificate of the PEM text ends. Errors: config_invalid.
result<time_point> certificate_end(const std::string& certificate);

}  // namespace postroom::channels

#pragma once

#include <string>

#include "channels/inbound.hpp"

namespace postroom::channels {

/// Where channels get the access tokens of one OAuth 2.0 client (RFC 6749); shared by all servers
/// that name it, so that they cost one request per lifetime of a token. Methods may be called from
/// any thread.
class token_source {
 public:
  virtual ~token_source() = default;
  /// A token that is good for at least another minute. `done` runs once, never within this call, on
  /// the event loop thread. Errors: ec::oauth_…, unreachable, timeout, throttled, cancelled.
  virtual void get(done_fn<std::string> done) = 0;
  /// A server refused this token before its time: it is given to nobody any more.
  virtual void refused(const std::string& token) = 0;
};

}  // namespace postroom::channels

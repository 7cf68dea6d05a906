#pragma once

#include <memory>
#include <string>

#include "channels/inbound.hpp"

namespace postroom::channels {

/// What a virus scanner says of one mail.
struct scan_verdict {
  enum class kind { clean, infected, too_large };
  kind what = kind::clean;  ///< too_large: over the scanner's own limit, so it was not scanned
  std::string signature;    ///< infected: what was found; printable ASCII, at most 200 bytes
  bool operator==(const scan_verdict&) const = default;
};

/// A virus scanner. Methods may be called from any thread and return at once; `done` runs exactly
/// once on the event loop thread, also when the scanner is destroyed (ec::cancelled). A mail's
/// bytes are read where they lie, so `mail` must not change.
///
/// Errors tell whose fault it is. No connection: unreachable, dns_failed. Connected, but no
/// verdict, which may be this mail's doing: timeout, connection_lost, protocol_violation,
/// server_busy. Ours: overloaded (too many mails wait already), cancelled.
class mail_scanner {
 public:
  virtual ~mail_scanner() = default;
  virtual void scan(std::shared_ptr<const std::string> mail, done_fn<scan_verdict> done) = 0;
  /// Whether the scanner is well; before all mails that wait.
  virtual void ping(done_fn<void> done) = 0;
};

}  // namespace postroom::channels

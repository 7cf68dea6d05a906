#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// One mail to one recipient: so each recipient's answer is known for certain.
struct envelope {
  std::string from;  ///< MAIL FROM; empty: the null reverse-path
  std::string to;
  std::shared_ptr<const std::string> message;  ///< complete, with CRLF line ends
};

/// What became of it.
struct send_report {
  ec code = ec::none;      ///< none: the server took it over
  bool permanent = false;  ///< no later try of this mail to this recipient can succeed
  bool server_wide =
      false;           ///< the failure concerns the server (connect, TLS, sign-in), not this mail
  int reply_code = 0;  ///< the last SMTP reply; 0: none came
  std::string reply;   ///< its text, one line, at most 500 bytes
  bool of_recipient = false;  ///< RCPT was refused for good: the address, whatever the mail is
};

/// A way out for mail. Methods may be called from any thread and return at once; `done` runs
/// exactly once on the event loop thread, also when the channel is closed: ec::cancelled, but for a
/// mail whose end is with the server, which gets its answer. Connections are kept and used again.
/// libcurl connects and signs in; the dialog is spoken by us, and never blocks the event loop:
/// docs/adr/0005-smtp-spoken-by-us.md.
class outbound_channel {
 public:
  virtual ~outbound_channel() = default;
  virtual void send(envelope mail, std::function<void(send_report)> done) = 0;
  virtual void close() = 0;
};

}  // namespace postroom::channels

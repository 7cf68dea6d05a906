#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

enum class trust : uint8_t {
  aligned,    ///< the domain in From is the one that was authenticated
  unaligned,  ///< checked, and it is not, or it failed
  none        ///< nobody we trust has checked it
};

struct trust_verdict {
  trust kind = trust::none;
  std::string evidence;  ///< "dmarc=pass header.from=example.org"; valid UTF-8
};

/// Whose results count, per incoming server.
struct trust_settings {
  /// The authserv-ids (RFC 8601 section 2.5) to believe; "" is one that gives no id, as Exchange
  /// Online does. None: nothing is believed.
  std::vector<std::string> ids;
  /// The hosts that take mails from outside, by the name after "by" in their Received field; one
  /// stands for those below it too. Empty: the ids. The servers behind them, which have the same
  /// organisational domains, must take mail from nowhere else.
  std::vector<std::string> border_hosts;
  /// The border writes its results below its own Received field, where the sender's header begins,
  /// and removes forged ones (RFC 8601 section 5), as Gmail does.
  bool below_received = false;
};

/// Whether the domain in From is the sender's own, by the Authentication-Results that our side
/// wrote: DMARC, else SPF or DKIM for the same organisational domain. An address from elsewhere
/// (Sender, the envelope) is never aligned.
///
/// A sender can write any header, but not above the Received field that the border wrote when it
/// took the mail. So only the fields above that one are read, and none when it is not found or when
/// a server that is not ours stands above it.
trust_verdict judge_sender(std::string_view header, const trust_settings& settings);

}  // namespace postroom::mail

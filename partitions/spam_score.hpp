#pragma once

#include <optional>
#include <string_view>

namespace postroom::partitions {

/// The score in a spam filter's header field: "15.2", "15.2 / 15.00", "Yes, score=7.3 required=5.0"
/// (SpamAssassin's X-Spam-Status), "default: False [7.20 / 15.00]" (rspamd's X-Spamd-Result).
/// Nothing when there is none in it. The field must be one that our side wrote.
std::optional<double> read_spam_score(std::string_view value);

/// A decimal number and nothing else, such as 15 or -0.5.
std::optional<double> read_decimal(std::string_view text);

}  // namespace postroom::partitions

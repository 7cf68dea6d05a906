#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channels/imap_response.hpp"

namespace postroom::channels {

/// A mailbox name for a command: UTF-8 to modified UTF-7 (RFC 3501 5.1.3), in quotes. Whatever the
/// name holds, the outcome is printable ASCII on one line. ec::config_invalid when it is empty, too
/// long or not UTF-8.
result<std::string> quote_mailbox(std::string_view utf8);

/// A login or password as a quoted string; ec::config_invalid when it is not printable ASCII.
result<std::string> quote_ascii(std::string_view text);

/// UIDs as sets of at most `max_chars` characters, neighbours joined: {"1:3,7", ...}. Sorts and
/// removes doubles.
std::vector<std::string> uid_sets(std::vector<uint64_t> uids, std::size_t max_chars = 1'000);

/// What a refusal means to us, from its response code (RFC 5530, 9051), else from well-known texts.
/// Never ec::none: a plain NO is server_busy, for what is not known to be permanent is transient.
/// The detail holds no text of the server.
error imap_error(const imap_response& r);

/// The same for a line as it came; ec::protocol_violation when it is no answer.
error imap_error_of_line(std::string_view line);

}  // namespace postroom::channels

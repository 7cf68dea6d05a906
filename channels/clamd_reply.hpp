#pragma once

#include <string_view>

#include "base/result.hpp"
#include "channels/scanner.hpp"

/// What clamd answers, clamd(8). Pure; for channels/*.cpp.
namespace postroom::channels {

/// "stream: OK", "stream: NAME FOUND", "... ERROR", without the NUL at its end. `whole`: clamd had
/// the whole mail when it answered; without that nothing counts as clean. Errors: server_busy (an
/// error of clamd's, in its words), protocol_violation.
result<scan_verdict> read_scan_reply(std::string_view reply, bool whole);

/// "PONG". Errors as above.
result<void> read_ping_reply(std::string_view reply);

}  // namespace postroom::channels

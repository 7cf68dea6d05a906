#include "channels/clamd_reply.hpp"

#include <algorithm>
#include <string>

namespace postroom::channels {

namespace {

constexpr std::size_t shown_bytes = 200;
constexpr std::string_view stream = "stream: ", found = " FOUND", failed = " ERROR";

/// Fit for a log and a terminal, whatever answered.
std::string printable(std::string_view text) {
  std::string out{text.substr(0, shown_bytes)};
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

error unexpected(std::string_view reply) {
  return fail(ec::protocol_violation, "clamd answered: " + printable(reply));
}

}  // namespace

result<scan_verdict> read_scan_reply(std::string_view reply, bool whole) {
  using enum scan_verdict::kind;
  if (reply.ends_with(failed)) {
    // StreamMaxLength of clamd.conf
    if (reply.starts_with("INSTREAM size limit exceeded")) return scan_verdict{too_large, {}};
    reply.remove_suffix(failed.size());
    return fail(ec::server_busy, "clamd failed: " + printable(reply));
  }
  if (!whole || !reply.starts_with(stream)) return unexpected(reply);
  const auto said = reply.substr(stream.size());
  if (said == "OK") return scan_verdict{clean, {}};
  if (said.size() > found.size() && said.ends_with(found))
    return scan_verdict{infected, printable(said.substr(0, said.size() - found.size()))};
  return unexpected(reply);
}

result<void> read_ping_reply(std::string_view reply) {
  if (reply == "PONG") return {};
  return unexpected(reply);
}

}  // namespace postroom::channels

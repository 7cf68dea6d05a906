#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

/// How far a server is believed when it lists the size of a mail. Pure.
namespace postroom::channels {

/// No mail is larger; a listed size above this is a lie, and would fill the disk.
inline constexpr uint64_t largest_mail = uint64_t{4} << 30;

/// What a server may send of a mail before it is taken for a liar without end: twice the listed
/// size, and 16 MiB. `listed`: nothing when the server did not say.
constexpr uint64_t most_sent(std::optional<uint64_t> listed) {
  constexpr uint64_t slack_bytes = 16u << 20;
  return listed ? 2 * std::min(*listed, largest_mail) + slack_bytes : largest_mail;
}

/// What is kept in memory of a mail: twice the listed size, and 1 MiB, for windows and budgets
/// count listed sizes; never more than `limit`.
constexpr uint64_t most_kept(std::optional<uint64_t> listed, uint64_t limit) {
  constexpr uint64_t unannounced_bytes = 1u << 20;
  return listed ? std::min(limit, 2 * std::min(*listed, largest_mail) + unannounced_bytes) : limit;
}

}  // namespace postroom::channels

#include "base/backoff.hpp"

#include <algorithm>

namespace postroom {

duration backoff_delay(const backoff_policy& policy, unsigned attempt, const random_fn& random) {
  auto whole = policy.first.count();
  for (unsigned i = 1; i < attempt && whole < policy.cap.count(); ++i) whole *= 2;
  whole = std::min<int64_t>(whole, policy.cap.count());
  auto half = static_cast<uint64_t>(whole / 2);
  // Jitter keeps ten thousand mailboxes of one dead server from knocking in step when it returns.
  return duration{whole / 2 + static_cast<int64_t>(random() % (half + 1))};
}

}  // namespace postroom

#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

namespace postroom {

/// How long to wait before the next try: doubling from `first` to `cap`, with full jitter in [half,
/// whole].
struct backoff_policy {
  duration first{500};
  duration cap{60'000};
};

/// The wait before try number `attempt` (1 = the first repetition). Pure but for `random`.
duration backoff_delay(const backoff_policy& policy, unsigned attempt, const random_fn& random);

}  // namespace postroom

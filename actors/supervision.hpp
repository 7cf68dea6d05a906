#pragma once

#include "base/backoff.hpp"
#include "base/result.hpp"

namespace postroom::actors {

/// What a supervisor knows of a child when it died.
struct child_history {
  unsigned failures = 0;     ///< in a row, this one included
  bool was_healthy = false;  ///< it had done its job at least once in this life
  duration lived{0};
};

enum class fate { restart, park };

struct verdict {
  actors::fate fate = fate::restart;
  duration delay{0};
};

/// When a dead child is started again. Transient failures: with doubling, jittered pauses of at
/// most a minute; a child that never got to its job starts at a long pause. Permanent ones (sign-in
/// refused, certificate, configuration): parked, which means tried again every quarter of an hour,
/// because only a person can help. A bug that strikes more than five times in a row: parked as
/// well. Pure but for `random`.
verdict judge(const error& reason, const child_history& history, const random_fn& random);

/// The number of failures in a row that counts for the next death: a child that was healthy for ten
/// minutes starts anew.
unsigned failures_so_far(unsigned before, const child_history& life);

}  // namespace postroom::actors

#include "actors/supervision.hpp"

#include <algorithm>

namespace postroom::actors {

namespace {

constexpr backoff_policy restart_pause{duration{500}, duration{60'000}};
constexpr unsigned first_step_when_never_healthy = 3;  // 2 s
constexpr unsigned bugs_until_parked = 5;
constexpr duration probe_interval{15 * 60'000};
constexpr duration healthy_long_enough{10 * 60'000};

}  // namespace

verdict judge(const error& reason, const child_history& history, const random_fn& random) {
  auto kind = reason.kind();
  if (kind == error_class::permanent ||
      (kind == error_class::bug && history.failures > bugs_until_parked))
    return {fate::park, probe_interval};
  auto step = std::max(history.failures, 1u);
  if (!history.was_healthy) step += first_step_when_never_healthy - 1;
  return {fate::restart, backoff_delay(restart_pause, step, random)};
}

unsigned failures_so_far(unsigned before, const child_history& life) {
  return life.was_healthy && life.lived >= healthy_long_enough ? 1 : before + 1;
}

}  // namespace postroom::actors

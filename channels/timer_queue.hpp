#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>

#include "base/clock.hpp"

namespace postroom::channels {

/// Timers of one thread, by deadline on the steady clock. Not thread-safe.
class timer_queue {
 public:
  using clock = std::chrono::steady_clock;

  /// The id is never 0.
  uint64_t add(duration delay, std::function<void()> fn);
  /// Unknown ids are ignored, so a timer may be cancelled after it ran.
  void cancel(uint64_t id);
  /// Runs all timers that were due when the call began. They may add and cancel timers.
  void run_due();
  /// Milliseconds until the next one, rounded up; -1 when there is none.
  [[nodiscard]] int wait_ms() const;
  void clear();

 private:
  using key = std::pair<clock::time_point, uint64_t>;
  std::map<key, std::function<void()>> queue_;
  std::unordered_map<uint64_t, clock::time_point> deadlines_;
  uint64_t last_ = 0;
};

}  // namespace postroom::channels

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"

/// How trials wait on the admin server's threads: few at once, each with a deadline, all ended when
/// the node stops.
namespace postroom::app {

using trial_deadline = std::chrono::steady_clock::time_point;

/// Lets few trials in, and what takes as long, as each holds a thread of the admin server while it
/// waits or works. Thread-safe.
class trial_gate {
 public:
  static constexpr std::size_t max_running = 2;

  /// One trial's stay.
  class pass {
   public:
    pass(trial_gate& gate, std::string partition)
        : gate_(&gate), partition_(std::move(partition)) {}
    pass(pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), partition_(std::move(other.partition_)) {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (gate_) gate_->leave(partition_);
    }

   private:
    trial_gate* gate_;
    std::string partition_;
  };

  /// One at a time for each partition, so that none keeps the others out for long. Errors:
  /// overloaded, cancelled (the node is stopping).
  result<pass> enter(const std::string& partition);
  /// Ends all waits now and lets nobody in any more.
  void stop();
  /// Waits on `lock` for `ready`; false: the deadline, or the end of all trials, came first.
  bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            trial_deadline until, const std::function<bool()>& ready) const;

 private:
  void leave(const std::string& partition);
  [[nodiscard]] bool stopping() const;

  mutable std::mutex mutex_;
  std::set<std::string> running_;  ///< partitions
  bool stopping_ = false;
};

/// An answer that comes on another thread, once, maybe after nobody waits any more.
template <class T>
class awaited {
 public:
  /// What to give to whoever answers.
  [[nodiscard]] std::function<void(T)> taker() const {
    return [s = state_](T value) {
      std::lock_guard lock{s->mutex};
      s->value = std::move(value);
      s->changed.notify_all();
    };
  }
  /// Nothing: it did not come in time.
  std::optional<T> wait(const trial_gate& gate, trial_deadline until) {
    std::unique_lock lock{state_->mutex};
    gate.wait(lock, state_->changed, until, [this] { return state_->value.has_value(); });
    return std::exchange(state_->value, std::nullopt);
  }

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<T> value;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// The moment a trial must end: `seconds` from now, 0 for `otherwise`, at most five minutes.
/// Errors: config_invalid.
result<trial_deadline> deadline_of(uint32_t seconds, uint32_t otherwise);

}  // namespace postroom::app

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"

/// How trials wait on the admin server's threads: few at once, each with a deadline, all ended when
/// the node stops.
namespace postroom::app {

using trial_deadline = std::chrono::steady_clock::time_point;

/// Lets few trials in, as each holds a thread of the admin server while it waits. Thread-safe.
class trial_gate {
 public:
  static constexpr int max_running = 2;

  /// One trial's stay.
  class pass {
   public:
    explicit pass(trial_gate& gate) : gate_(&gate) {}
    pass(pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (gate_) gate_->leave();
    }

   private:
    trial_gate* gate_;
  };

  /// Errors: overloaded, cancelled (the node is stopping).
  result<pass> enter();
  /// Ends all waits now and lets nobody in any more.
  void stop();
  /// Waits on `lock` for `ready`; false: the deadline, or the end of all trials, came first.
  bool wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
            trial_deadline until, const std::function<bool()>& ready) const;

 private:
  void leave();
  [[nodiscard]] bool stopping() const;

  mutable std::mutex mutex_;
  int running_ = 0;
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

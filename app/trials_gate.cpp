#include "app/trials_gate.hpp"

#include <algorithm>
#include <string>

namespace postroom::app {

namespace {

constexpr uint32_t max_seconds = 300;
/// How long the end of all trials may go unseen by one that waits for something else.
constexpr auto glance = std::chrono::milliseconds{100};

}  // namespace

result<trial_gate::pass> trial_gate::enter(const std::string& partition) {
  std::lock_guard lock{mutex_};
  if (stopping_) return fail(ec::cancelled, "the node is stopping");
  if (running_.contains(partition))
    return fail(ec::overloaded, "a trial, reprocessing or OAuth sign-in" +
                                    (partition.empty() ? "" : " of partition " + partition) +
                                    " is under way already; ask again when it is done");
  if (running_.size() >= max_running)
    return fail(ec::overloaded,
                "other trials, reprocessings or OAuth sign-ins are under way; ask again when they "
                "are done");
  running_.insert(partition);
  return pass{*this, partition};
}

void trial_gate::stop() {
  std::lock_guard lock{mutex_};
  stopping_ = true;
}

void trial_gate::leave(const std::string& partition) {
  std::lock_guard lock{mutex_};
  running_.erase(partition);
}

bool trial_gate::stopping() const {
  std::lock_guard lock{mutex_};
  return stopping_;
}

bool trial_gate::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                      trial_deadline until, const std::function<bool()>& ready) const {
  while (!ready()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= until || stopping()) return false;
    changed.wait_until(lock, std::min(until, now + glance));
  }
  return true;
}

result<trial_deadline> deadline_of(uint32_t seconds, uint32_t otherwise) {
  if (seconds > max_seconds)
    return fail(ec::config_invalid,
                "deadline_seconds: is more than " + std::to_string(max_seconds));
  return std::chrono::steady_clock::now() +
         std::chrono::seconds{seconds == 0 ? otherwise : seconds};
}

}  // namespace postroom::app

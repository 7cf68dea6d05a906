#include "channels/timer_queue.hpp"

#include <algorithm>

namespace postroom::channels {

uint64_t timer_queue::add(duration delay, std::function<void()> fn) {
  const auto at = clock::now() + std::max(delay, duration::zero());
  const uint64_t id = ++last_;
  deadlines_.emplace(id, at);
  queue_.emplace(key{at, id}, std::move(fn));
  return id;
}

void timer_queue::cancel(uint64_t id) {
  const auto found = deadlines_.find(id);
  if (found == deadlines_.end()) return;
  queue_.erase(key{found->second, id});
  deadlines_.erase(found);
}

void timer_queue::run_due() {
  // Timers added by a timer wait for the next round, so that a zero delay cannot keep the sockets
  // waiting.
  const key end{clock::now(), last_ + 1};
  while (!queue_.empty() && queue_.begin()->first < end) {
    auto node = queue_.extract(queue_.begin());
    deadlines_.erase(node.key().second);
    node.mapped()();
  }
}

int timer_queue::wait_ms() const {
  if (queue_.empty()) return -1;
  const auto left = queue_.begin()->first.first - clock::now();
  if (left <= clock::duration::zero()) return 0;
  const auto ms = std::chrono::ceil<duration>(left).count();
  return static_cast<int>(std::min<int64_t>(ms, 60'000));
}

void timer_queue::clear() {
  queue_.clear();
  deadlines_.clear();
}

}  // namespace postroom::channels

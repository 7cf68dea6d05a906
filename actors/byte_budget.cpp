#include "actors/byte_budget.hpp"

#include <algorithm>
#include <vector>

namespace postroom::actors {

void byte_budget::acquire(uint64_t bytes, granted_fn granted) {
  {
    std::lock_guard lock{mutex_};
    waiting_.push_back({std::min(bytes, capacity_), std::move(granted)});
  }
  serve();
}

uint64_t byte_budget::used() const {
  std::lock_guard lock{mutex_};
  return used_;
}

void byte_budget::give_back(uint64_t bytes) {
  {
    std::lock_guard lock{mutex_};
    used_ -= bytes;
  }
  serve();
}

void byte_budget::serve() {
  std::vector<waiter> served;
  {
    std::lock_guard lock{mutex_};
    while (!waiting_.empty() && used_ + waiting_.front().bytes <= capacity_) {
      used_ += waiting_.front().bytes;
      served.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (auto& w : served) w.granted(std::make_shared<lease>(shared_from_this(), w.bytes));
}

}  // namespace postroom::actors

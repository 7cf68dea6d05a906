#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "channels/inbound.hpp"

namespace postroom::channels {

/// The calls of a channel that have no end yet: each is ended once, by its outcome or by `end_all`.
/// Loop thread only.
class open_calls {
 public:
  /// What to end the call with instead of `done`; a second outcome is ignored. May be called
  /// as long as this object lives.
  template <class T>
  done_fn<T> add(done_fn<T> done) {
    const auto id = ++last_;
    const auto end = std::make_shared<done_fn<T>>(std::move(done));
    calls_.emplace(id, [end](const error& why) { (*end)(why); });
    return [this, id, end](result<T> outcome) {
      if (calls_.erase(id) == 0) return;
      (*end)(std::move(outcome));
      if (calls_.empty() && when_none_) std::exchange(when_none_, nullptr)();
    };
  }

  void end_all(const error& why) {
    when_none_ = nullptr;
    for (const auto& [id, end] : std::exchange(calls_, {})) end(why);
  }

  /// Runs `fn` once all calls have their end, perhaps at once; `end_all` drops it.
  void when_none(std::function<void()> fn) {
    if (calls_.empty()) return fn();
    when_none_ = std::move(fn);
  }

 private:
  uint64_t last_ = 0;
  std::map<uint64_t, std::function<void(const error&)>> calls_;
  std::function<void()> when_none_;
};

}  // namespace postroom::channels

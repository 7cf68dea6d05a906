#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace postroom::partitions {

/// What is remembered of senders between two commits, with a way back: changes are noted until they
/// are committed, so a round that fails, or one mail of it, leaves nothing behind. `State` has
/// `time_point at`, when it was changed last. Not safe for several threads at once.
template <class State>
class sender_table {
 public:
  /// So many are remembered after a commit; beyond, the quarter that was longest quiet is
  /// forgotten.
  explicit sender_table(std::size_t most) : most_(most) {}

  /// Null: nothing is known.
  [[nodiscard]] const State* find(std::string_view name) const {
    const auto found = known_.find(key_of(name));
    return found == known_.end() ? nullptr : &found->second;
  }
  /// To be changed; can be taken back until the next commit.
  State& change(std::string_view name) {
    auto key = key_of(name);
    const auto found = known_.find(key);
    changes_.emplace_back(
        key, found == known_.end() ? std::nullopt : std::optional<State>{found->second});
    return found == known_.end() ? known_[std::move(key)] : found->second;
  }

  /// How many changes may be taken back; a place for `roll_back`.
  [[nodiscard]] std::size_t changes() const { return changes_.size(); }
  /// Takes back all that was changed since there were so many changes.
  void roll_back(std::size_t to) {
    while (changes_.size() > to) {
      auto& [key, before] = changes_.back();
      if (before)
        known_[key] = std::move(*before);
      else
        known_.erase(key);
      changes_.pop_back();
    }
  }
  /// What was changed stays. `is_over` tells whom nothing needs to be known of any more.
  template <class Pred>
  void commit(Pred is_over) {
    changes_.clear();
    if (known_.size() <= most_) return;
    std::erase_if(known_, [&](const auto& entry) { return is_over(entry.second); });
    if (known_.size() > most_) forget_the_quietest();
  }
  void clear() {
    changes_.clear();
    known_.clear();
  }
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  /// No mail system takes longer addresses (RFC 5321, 4.5.3.1); whoever writes one shares an entry.
  static constexpr std::size_t max_key = 320;
  static std::string key_of(std::string_view name) { return std::string(name.substr(0, max_key)); }

  // A sweep makes room for many, so that it is seldom done.
  void forget_the_quietest() {
    std::vector<time_point> times;
    times.reserve(known_.size());
    for (const auto& entry : known_) times.push_back(entry.second.at);
    const auto surplus = known_.size() - most_ * 3 / 4;
    auto last = times.begin() + static_cast<std::ptrdiff_t>(surplus - 1);
    std::nth_element(times.begin(), last, times.end());
    std::size_t left = surplus;
    std::erase_if(known_, [&](const auto& entry) {
      if (left == 0 || entry.second.at > *last) return false;
      --left;
      return true;
    });
  }

  std::size_t most_;
  std::unordered_map<std::string, State> known_;
  std::vector<std::pair<std::string, std::optional<State>>> changes_;
};

}  // namespace postroom::partitions

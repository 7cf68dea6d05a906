#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.hpp"

/// Slowing down who guesses passwords.
namespace postroom::access {

/// After `free` failures each further one doubles the pause, from one second to `longest`.
struct throttle_limits {
  uint32_t free = 5;
  duration longest{300'000};
  std::size_t keys = 4096;     ///< kept at most; the one that failed longest ago gives way
  duration forget{3'600'000};  ///< without a failure
};

/// Counts failures by key. One thread at a time.
class failure_counts {
 public:
  explicit failure_counts(throttle_limits limits) : limits_(limits) {}
  /// How long the key must still wait; 0: not at all.
  [[nodiscard]] duration wait(const std::string& key, time_point now) const;
  void failed(const std::string& key, time_point now);
  /// One failure less.
  void forgive(const std::string& key);
  void forget(const std::string& key);
  [[nodiscard]] std::size_t size() const { return by_key_.size(); }

 private:
  struct count {
    uint64_t failures = 0;
    time_point last;
  };
  void make_room(const std::string& key, time_point now);

  throttle_limits limits_;
  std::map<std::string, count> by_key_;
  std::set<std::pair<time_point, std::string>> by_age_;
};

/// Bounds what refused sign-ins write down: for each key one note a minute, with their number. One
/// thread at a time; as large as its owner's set of keys.
class refusal_notes {
 public:
  /// One more; gives how many to write down now, or 0 when the last note is younger than a minute.
  uint64_t refused(const std::string& key, time_point now);
  /// One more, for the next note.
  void keep(const std::string& key) { ++by_key_[key].untold; }
  /// Those that no note has told yet; afterwards none.
  uint64_t take(const std::string& key);

 private:
  struct count {
    std::optional<time_point> noted;
    uint64_t untold = 0;
  };
  std::map<std::string, count> by_key_;
};

/// Which names were tried within the last minute; by digest, as they may be passwords. One thread
/// at a time. Bounded: beyond `most` the oldest is forgotten.
class tried_names {
 public:
  /// Whether it was not; it is from now on.
  bool first(const std::string& digest, time_point now);

 private:
  static constexpr std::size_t most = 65'536;
  std::map<std::string, time_point> since_;
  std::deque<std::pair<time_point, std::string>> by_age_;
};

/// Sign-ins are slowed by name and address together, by name and by address. Where a name has
/// signed in before, only the first counts: so whoever guesses elsewhere cannot lock its owner out.
/// A failure is counted before the attempt and forgiven when it succeeds, so that attempts side by
/// side gain nothing. One thread at a time; memory is bounded.
class sign_in_throttle {
 public:
  sign_in_throttle() = default;
  /// 0: go on, and it is counted as a failure until succeeded(). `peer` is "host:port".
  duration attempt(const std::string& name, const std::string& peer, time_point now);
  void succeeded(const std::string& name, const std::string& peer, time_point now);

 private:
  failure_counts pairs_{{5, duration{300'000}, 4096, duration{3'600'000}}};
  failure_counts names_{{5, duration{30'000}, 4096, duration{3'600'000}}};
  failure_counts peers_{{20, duration{60'000}, 4096, duration{3'600'000}}};
  std::map<std::string, time_point> known_;  ///< pairs that have signed in
};

}  // namespace postroom::access

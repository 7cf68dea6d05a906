#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "partitions/sender_table.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::partitions {

/// How many automatic answers may go out. So many at once, and then as many within each `window`.
struct answer_settings {
  duration window{3'600'000};
  uint32_t per_sender = 10;
  uint32_t per_domain = 100;  ///< the organisational domain: hosts below it count together
  uint32_t partition = 1000;
  bool operator==(const answer_settings&) const = default;
};

/// From a validated configuration.
answer_settings read_answer_settings(const config::v1::AnswerLimits& config);

/// Token buckets against answers without end: of each sender, each domain and the whole partition.
/// Time is given by the caller; a clock that was set back gives nobody anything. Between two
/// commits everything can be taken back. Remembers the last `most` senders and domains only: who is
/// forgotten has a full bucket again, the partition's own is never forgotten. For one thread at a
/// time.
class answer_limits {
 public:
  static constexpr std::size_t default_most = 100'000;
  explicit answer_limits(answer_settings settings, std::size_t most = default_most)
      : settings_(settings), buckets_(most), whole_(1) {}

  /// New limits from now on; what has gone out counts.
  void use(answer_settings settings) { settings_ = settings; }
  /// Why no answer may go to this address now, one sentence; empty: it may. Takes nothing.
  /// `folded` as fold_address gives it.
  [[nodiscard]] std::string refusal(std::string_view folded, time_point now) const;
  /// Counts an answer to this address. False: a limit is reached, and nothing was counted.
  bool take(std::string_view folded, time_point now);

  /// A place to go back to, for `roll_back`. None is good beyond a commit.
  [[nodiscard]] std::size_t mark() const { return whole_.changes(); }
  /// Gives back what was taken since `mark`; 0: since the last commit.
  void roll_back(std::size_t mark = 0);
  /// What was taken is gone.
  void commit(time_point now);
  [[nodiscard]] std::size_t remembered() const { return buckets_.size(); }

 private:
  /// How full a bucket of what has gone out is. It leaks `limit` answers in each window.
  struct bucket {
    time_point at{};
    int64_t used = 0;  ///< thousandths of an answer
  };
  [[nodiscard]] int64_t used(const bucket* b, uint32_t limit, time_point now) const;
  [[nodiscard]] bool is_full(const bucket* b, uint32_t limit, time_point now) const;
  void fill(bucket& b, uint32_t limit, time_point now) const;

  answer_settings settings_;
  sender_table<bucket> buckets_;  ///< of senders and domains: two changes for each answer
  sender_table<bucket> whole_;    ///< the partition's alone
};

}  // namespace postroom::partitions

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "partitions/sender_table.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::partitions {

/// How many mails may go out on account of those that come in. So many at once, and then as many
/// within each `window`.
struct answer_settings {
  duration window{3'600'000};
  uint32_t per_sender = 10;
  uint32_t per_domain = 1000;  ///< the organisational domain: hosts below it count together
  uint32_t partition = 1000;   ///< to proved senders, and as many to others
  uint32_t commands = 100;     ///< answers to commands, per sender
  uint32_t per_call = 20;      ///< notifications about one call to one address
  uint32_t per_recipient = 1000;
  uint32_t notifications = 5000;  ///< and forwarded mails, of the partition
  bool operator==(const answer_settings&) const = default;
};

/// From a validated configuration.
answer_settings read_answer_settings(const config::v1::AnswerLimits& config);

/// A mail that may go out because of one that came in.
struct caused_mail {
  enum class kind : uint8_t {
    answer,          ///< to who wrote it
    command_answer,  ///< to a proved sender with the right to give commands
    notification,    ///< to somebody else
    forward
  };
  kind what = kind::answer;
  std::string_view folded;  ///< the recipient's address, as fold_address gives it
  bool proved = false;      ///< answer: the sender's trust verdict is `aligned`
  call_number call{};       ///< notification: that it is about
};

/// Token buckets against mails without end: of each recipient, of domains, and of the partition.
/// What a forger causes fills no bucket of a proved sender. Time is given by the caller; a clock
/// that was set back gives nobody anything. Between two commits everything can be taken back.
/// Remembers the last `most` recipients and domains only: who is forgotten has a full bucket again,
/// the partition's own are never forgotten. For one thread at a time.
class answer_limits {
 public:
  static constexpr std::size_t default_most = 100'000;
  explicit answer_limits(answer_settings settings, std::size_t most = default_most)
      : settings_(settings), buckets_(most), whole_(partition_buckets) {}

  /// New limits from now on; what has gone out counts.
  void use(answer_settings settings) { settings_ = settings; }
  /// Why this mail may not go out now, one sentence; empty: it may. Takes nothing.
  [[nodiscard]] std::string refusal(const caused_mail& mail, time_point now) const;
  /// Counts the mail. False: a limit is reached, and nothing was counted.
  bool take(const caused_mail& mail, time_point now);

  struct place {
    std::size_t buckets = 0, whole = 0;
  };
  /// A place to go back to, for `roll_back`. None is good beyond a commit.
  [[nodiscard]] place mark() const { return {buckets_.changes(), whole_.changes()}; }
  /// Gives back what was taken since `to`; without it: since the last commit.
  void roll_back(place to);
  void roll_back() { roll_back(place{}); }
  /// What was taken is gone.
  void commit(time_point now);
  [[nodiscard]] std::size_t remembered() const { return buckets_.size(); }

 private:
  static constexpr std::size_t partition_buckets = 3;  ///< answers by proof, and the others
  /// How full a bucket of what has gone out is. It leaks `limit` mails in each window.
  struct bucket {
    time_point at{};
    int64_t used = 0;  ///< thousandths of a mail
  };
  using table = sender_table<bucket>;
  /// One of the buckets that a mail goes through.
  struct gate {
    bool of_partition;
    std::string key;  ///< its first character tells of what
    uint32_t limit;
    const char* whose;
    const char* what = "automatic answers";
  };
  [[nodiscard]] std::vector<gate> gates_of(const caused_mail& mail) const;
  [[nodiscard]] std::vector<gate> gates_of_answer(const caused_mail& mail) const;
  [[nodiscard]] const table& table_of(const gate& g) const {
    return g.of_partition ? whole_ : buckets_;
  }
  [[nodiscard]] int64_t used(const bucket* b, uint32_t limit, time_point now) const;
  [[nodiscard]] std::string refusal_of(const std::vector<gate>& gates, time_point now) const;

  answer_settings settings_;
  table buckets_;  ///< of recipients and domains
  table whole_;    ///< the partition's alone
};

}  // namespace postroom::partitions

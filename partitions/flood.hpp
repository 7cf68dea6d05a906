#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "partitions/sender_table.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::partitions {

struct flood_settings {
  uint32_t after = 50;  ///< new calls of one sender within `window`; 0: never
  duration window{600'000};
  bool operator==(const flood_settings&) const = default;
};

/// From a validated configuration.
flood_settings read_flood_settings(const config::v1::AnswerLimits& config);

/// Whose mails are counted together. A forger must not be able to drown the mails of the one in
/// whose name he writes, so mails with a proved sender are a flood of their own.
struct flood_sender {
  std::string_view folded;  ///< as fold_address gives it
  bool proved = false;      ///< the sender's trust verdict is `aligned`
};

/// Tells when a sender's mails are a flood: after `after` new calls within `window` each further
/// mail that would become a call belongs to the last one, until the sender kept still for a
/// `window`. Counts in tenths of the window. Asked for each mail that would open a call, then told
/// what became of it. Between two commits everything can be taken back; the last `most` senders are
/// remembered, so a restart and very many senders end a flood early, which costs calls and loses
/// nothing. For one thread at a time.
class flood_guard {
 public:
  static constexpr std::size_t default_most = 100'000;
  explicit flood_guard(flood_settings settings, std::size_t most = default_most)
      : settings_(settings), known_(most) {}

  /// New settings from now on; with another window counting begins anew.
  void use(flood_settings settings);
  /// The call that a mail of this sender belongs to; nothing: it opens one. Changes nothing.
  [[nodiscard]] std::optional<call_number> belongs_to(flood_sender who, time_point now) const;
  /// A mail of this sender opened the call.
  void opened(flood_sender who, call_number call, time_point now);
  /// A mail of this sender was added to the call that `belongs_to` named.
  void added(flood_sender who, time_point now);

  /// A place to go back to, for `roll_back`. None is good beyond a commit.
  [[nodiscard]] std::size_t mark() const { return known_.changes(); }
  /// Takes back what was told since `mark`; 0: since the last commit.
  void roll_back(std::size_t mark = 0) { known_.roll_back(mark); }
  void commit(time_point now);
  [[nodiscard]] std::size_t remembered() const { return known_.size(); }

 private:
  static constexpr int64_t parts = 10;
  struct flow {
    time_point at{};  ///< of the last mail
    call_number last_call;
    bool flooding = false;                 ///< `at` was added to `last_call`
    int64_t part = 0;                      ///< the number of the newest part of the window
    std::array<uint32_t, parts> opened{};  ///< calls in each, the part's number modulo `parts`
  };
  [[nodiscard]] int64_t part_of(time_point now) const;
  [[nodiscard]] uint64_t counted(const flow& f, time_point now) const;
  static void turn(flow& f, int64_t part);

  flood_settings settings_;
  sender_table<flow> known_;
};

}  // namespace postroom::partitions

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
  uint32_t after = 50;           ///< mails of one sender within `window`; 0: never
  uint32_t domain_after = 200;   ///< of all strangers of one organisational domain; 0: never
  uint32_t mailbox_after = 500;  ///< of all strangers to one mailbox; 0: never
  duration window{600'000};
  bool operator==(const flood_settings&) const = default;
};

/// From a validated configuration.
flood_settings read_flood_settings(const config::v1::AnswerLimits& config);

/// Whose mails are counted together. A forger must not be able to drown the mails of the one in
/// whose name he writes, so mails with a proved sender are a flood of their own.
struct flood_sender {
  std::string_view folded;   ///< as fold_address gives it
  bool proved = false;       ///< the sender's trust verdict is `aligned`
  bool stranger = false;     ///< neither proved nor known for long: may have any number of names
  std::string_view mailbox;  ///< where the mail came in
};

/// What is one flood. Of several the narrowest counts.
enum class flood_source : uint8_t { sender, domain, mailbox };

struct flood {
  flood_source source = flood_source::sender;
  call_number call;     ///< the last that was opened; 0: none was
  bool begins = false;  ///< nobody was told of it yet
};

/// Tells when mails are a flood: when so many came within `window` as the settings say, a further
/// one belongs to the last call that was opened, until the rate falls below that again. Counts in
/// tenths of the window every mail that opens a call or comes to one. Asked for each such mail,
/// then told what became of it. Between two commits everything can be taken back; the last `most`
/// senders are remembered, so a restart and very many senders end a flood early, which costs calls
/// and loses nothing. For one thread at a time.
class flood_guard {
 public:
  static constexpr std::size_t default_most = 100'000;
  explicit flood_guard(flood_settings settings, std::size_t most = default_most)
      : settings_(settings), known_(most) {}

  /// New settings from now on; with another window counting begins anew.
  void use(flood_settings settings);
  /// The flood that a mail which would open a call is part of; nothing: none. Changes nothing.
  [[nodiscard]] std::optional<flood> find(flood_sender who, time_point now) const;
  /// The same for a reply: only its own sender's counts, as it belongs to a call of its own.
  [[nodiscard]] std::optional<flood> find_of_sender(flood_sender who, time_point now) const;
  /// A mail of this sender opened the call.
  void opened(flood_sender who, call_number call, time_point now);
  /// A mail of this sender was taken as part of the flood that was found, and who has to know of a
  /// flood that begins was told.
  void added(flood_sender who, const flood& part_of, time_point now);
  /// A reply of this sender was added to its call.
  void replied(flood_sender who, time_point now);

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
    bool flooding = false;               ///< the last mail was part of a flood
    std::optional<time_point> told;      ///< when staff learnt of one: at most once a window
    int64_t part = 0;                    ///< the number of the newest part of the window
    std::array<uint32_t, parts> came{};  ///< mails in each, the part's number modulo `parts`
  };
  [[nodiscard]] int64_t part_of(time_point now) const;
  [[nodiscard]] uint64_t counted(const flow& f, time_point now) const;
  [[nodiscard]] uint32_t limit_of(flood_source source) const;
  [[nodiscard]] std::optional<flood> find_in(flood_sender who, flood_source source,
                                             time_point now) const;
  struct counted_flow {
    flow* in = nullptr;   ///< null: nothing is limited there, and nothing remembered
    bool is_over = true;  ///< before this mail fewer had come than make a flood
  };
  counted_flow count(flood_sender who, flood_source source, time_point now);
  static void turn(flow& f, int64_t part);

  flood_settings settings_;
  sender_table<flow> known_;
};

}  // namespace postroom::partitions

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "actors/messages.hpp"

namespace postroom::actors {

/// The mails of one mailbox that are between "asked for" and "on disk", in the order of the server.
/// Mails become ready in any order and are handed over in order, so that the cursor never passes a
/// mail without an outcome. Pure.
class mailbox_window {
 public:
  mailbox_window(std::size_t max_count, uint64_t max_bytes)
      : max_count_(max_count), max_bytes_(max_bytes) {}

  /// Whether a mail of this size may be asked for now. One mail of any size may fly alone.
  [[nodiscard]] bool has_room(uint64_t size) const;
  /// Asked for; `hold` is released when the mail is done.
  void ask(const channels::listed_mail& mail, std::shared_ptr<void> hold);
  /// The mail is fetched and parsed, or its outcome is known otherwise. Unknown uids are ignored.
  void ready(uint64_t uid, mail_item item);
  /// The server would not give the mail now: it leaves the window without an outcome.
  void forget(uint64_t uid);
  /// The longest run of ready mails from the oldest on, within the bounds but at least one. They
  /// stay in the window.
  [[nodiscard]] std::vector<mail_item> next_batch(std::size_t max_count, uint64_t max_bytes) const;
  /// The oldest `count` mails are on disk.
  void done(std::size_t count);

  /// The mails whose raw bytes are staged in the store, without the oldest `but_oldest` mails.
  [[nodiscard]] std::vector<mail_id> staged(std::size_t but_oldest = 0) const;
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] std::size_t count() const { return slots_.size(); }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  struct slot {
    channels::listed_mail mail;
    std::optional<mail_item> item;
    std::shared_ptr<void> hold;
  };
  std::deque<slot>::iterator find(uint64_t uid);

  std::size_t max_count_;
  uint64_t max_bytes_;
  uint64_t bytes_ = 0;
  std::deque<slot> slots_;  // ascending uid
};

}  // namespace postroom::actors

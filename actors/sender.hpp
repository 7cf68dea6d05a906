#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/context.hpp"
#include "actors/interfaces.hpp"
#include "actors/outbox.hpp"

namespace postroom::actors {

struct sender_args {
  context_ptr context;
  std::shared_ptr<const partitions::partition_model> model;
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  caf::actor_addr supervisor;
  std::function<void()> healthy;
  directory_actor directory = {};  ///< asked for addresses that are gone; null: nobody is asked
};

/// Sends what lies in the partition's outbox: at most 32 mails and about 64 MiB in hand, the rest
/// waits on disk. What waited there, and goes to an address from which another mail came back for
/// good since it was written, becomes a dead letter and is not tried. An address that the server
/// refuses for good is marked at its people, as by a mail that came back. Each recipient's answer
/// is on disk before the entry counts as sent; a crash in between repeats the mail with the same
/// Message-ID. Runs on the CAF scheduler; reads and commits on the store pool. Never blocks.
/// Without an outgoing server it rests. What a person wants done with an entry happens here, one at
/// a time and between two looks at the outbox, so that no mail is in hand and changed at once.
/// Dies, though never while a commit is under way: a server-wide failure (unreachable,
/// auth_refused, tls_failed …; the supervisor restarts or parks it, no recipient is blamed), store
/// errors, user_shutdown after a drain. Logs: warn on a server-wide failure, info on dead letters.
/// Owns the states of outbox entries, nothing in memory that is not on disk.
class sender_state {
 public:
  using pointer = sender_actor::stateful_pointer<sender_state>;
  static inline constexpr const char* name = "postroom.sender";
  explicit sender_state(pointer self) : self_(self) {}
  sender_actor::behavior_type make_behavior(sender_args args);

 private:
  struct in_hand {
    outbox::due_mail mail;
    int64_t due_before = 0;
    int open_recipients = 0;
  };
  struct asked {
    std::shared_ptr<const change_outbox> change;
    caf::response_promise promise;
  };
  void look();
  void on_page(result<outbox::due_page> r);
  void take_page(outbox::due_page page, const outbox::address_marks& gone);
  void give_up_unreachable(record::v1::OutboxEntry& entry, const outbox::address_marks& gone);
  void dispatch(outbox::due_mail mail);
  void on_report(uint64_t id, int recipient, const channels::send_report& report);
  void mark(const record::v1::OutboxRecipient& refused);
  void fail_with(const channels::send_report& report);
  void settle(uint64_t id);
  void on_stored(uint64_t id, result<void> r);
  caf::result<outbox_changed> take(outbox_request& r);
  void next_change();
  void on_changed(result<record::v1::OutboxEntry> r);
  void refuse_changes(std::size_t from);
  [[nodiscard]] bool is_asked(uint64_t id) const;
  void wake_at(int64_t due_ms);
  void stop_for(const error& why);
  void publish(const std::string& state, const std::string& last_error = {});
  void maybe_quit();

  pointer self_;
  sender_args args_;
  const config::v1::OutgoingServer* server_ = nullptr;
  std::unique_ptr<channels::outbound_channel> channel_;
  outbox::retry_policy policy_;
  std::map<uint64_t, in_hand> active_;
  std::deque<asked> asked_;  // the first one is under way while changing_
  bool changing_ = false;
  std::size_t commits_ = 0;  // in the pool now
  bool looking_ = false;
  bool look_again_ = false;
  bool waits_for_room_ = false;  // a mail with an attachment is due, but too many bytes are in hand
  bool draining_ = false;
  bool overdue_ = false;       // the drain has lasted long enough
  std::optional<error> stop_;  // quits for this as soon as no commit is under way
  bool was_healthy_ = false;
  error failure_{ec::none, {}};
  std::string said_;  // the server's words for it
  uint64_t wake_generation_ = 0;
  int64_t wake_due_ = 0;  // 0: no timer counts
  uint64_t sent_ = 0;     // in this life
};

sender_actor::behavior_type sender(sender_state::pointer self, sender_args args);

}  // namespace postroom::actors

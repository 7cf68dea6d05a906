#include "actors/outbox_change.hpp"

#include <algorithm>

#include "actors/audit_entries.hpp"
#include "actors/outbox.hpp"
#include "base/log.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors::outbox {
namespace keys = storage::keys;
using record::v1::OutboxAction;
using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

namespace {

std::string name_of(const change_outbox& wanted) {
  return wanted.partition.value + "/" + std::to_string(wanted.entry);
}

bool is_open(const OutboxRecipient& r) {
  return r.state() == OutboxRecipient::PENDING || r.state() == OutboxRecipient::DEAD;
}

bool anyone(const OutboxEntry& entry, OutboxRecipient::State state) {
  return std::any_of(entry.recipients().begin(), entry.recipients().end(),
                     [state](const auto& r) { return r.state() == state; });
}

/// Why nothing can be done with the entry any more; its recipients' states decide, not `settled`.
result<void> check(const OutboxEntry& entry, const change_outbox& wanted) {
  bool retry = wanted.what == change_outbox::kind::retry;
  if (std::none_of(entry.recipients().begin(), entry.recipients().end(), is_open)) {
    if (anyone(entry, OutboxRecipient::CANCELLED))
      return fail(ec::conflict,
                  "mail " + name_of(wanted) +
                      " is cancelled already; `postroom outbox` says by whom and why");
    return fail(ec::conflict, "mail " + name_of(wanted) + " has been sent to everyone; there is " +
                                  "nothing to " + (retry ? "try again" : "cancel"));
  }
  if (retry && entry.actions_size() >= max_actions)
    return fail(ec::conflict, "mail " + name_of(wanted) + " has been tried again by hand " +
                                  std::to_string(max_actions) +
                                  " times; mend the cause or cancel it");
  return {};
}

void reopen(OutboxRecipient& r) {
  r.set_state(OutboxRecipient::PENDING);
  r.set_attempts(0);
  r.set_settled_at(0);
}

void close(OutboxRecipient& r, time_point now) {
  r.set_state(OutboxRecipient::CANCELLED);
  r.set_settled_at(to_millis(now));
}

}  // namespace

result<void> act_on(OutboxEntry& entry, const change_outbox& wanted, time_point now) {
  if (auto allowed = check(entry, wanted); !allowed) return allowed;
  bool retry = wanted.what == change_outbox::kind::retry;
  auto& action = *entry.add_actions();
  action.set_kind(retry ? OutboxAction::RETRIED : OutboxAction::CANCELLED);
  action.set_at(to_millis(now));
  action.set_who(wanted.who);
  action.set_reason(wanted.reason);
  for (auto& r : *entry.mutable_recipients()) {
    if (!is_open(r)) continue;
    *action.add_before() = r;
    retry ? reopen(r) : close(r, now);
  }
  entry.set_settled(!retry);
  if (retry) {
    entry.set_next_attempt_at(to_millis(now));
    entry.set_tries_since(to_millis(now));
  }
  return {};
}

result<OutboxEntry> change(storage::unit_store& store, epoch owner, const change_outbox& wanted,
                           time_point now) {
  auto bytes = store.get(keys::outbox(wanted.entry));
  if (!bytes) return bytes.error();
  if (!*bytes)
    return fail(ec::not_found, "there is no mail " + name_of(wanted) +
                                   " in the outbox; `postroom outbox --all` lists them");
  OutboxEntry entry;
  if (!entry.ParseFromString(**bytes))
    return fail(ec::corrupt_record, "mail " + name_of(wanted) + " of the outbox does not parse");
  auto due_before = entry.next_attempt_at();
  if (auto done = act_on(entry, wanted, now); !done) return done.error();
  auto batch = changes(entry, due_before);
  batch.erase(keys::outbox_dead(entry.id()));  // neither a retry nor a cancel leaves a dead letter
  if (auto done = storage::audit::commit(storage::partition_unit(wanted.partition), store, owner,
                                         std::move(batch), audit_of(wanted, entry, now));
      !done)
    return done.error();
  return entry;
}

void log_change(const change_outbox& done) {
  log::info("outbox_changed",
            {{"partition", done.partition.value},
             {"outbox", done.entry},
             {"what", done.what == change_outbox::kind::retry ? "retried" : "cancelled"},
             {"who", done.who}});
}

error in_hand_now(const change_outbox& wanted) {
  return fail(ec::conflict, "mail " + name_of(wanted) +
                                " is being sent right now; nothing was changed. Look at " +
                                "it with `postroom outbox` and ask again in a moment");
}

}  // namespace postroom::actors::outbox

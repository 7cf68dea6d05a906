#include "actors/outbox.hpp"

#include <algorithm>

#include "actors/outbox_render.hpp"
#include "base/backoff.hpp"
#include "mail/status_code.hpp"
#include "partitions/address_marks.hpp"
#include "partitions/model.hpp"
#include "storage/keys.hpp"

namespace postroom::actors::outbox {
namespace keys = storage::keys;
using record::v1::OutboxRecipient;

namespace {

/// No mail comes back, and none is read, much faster; and most are sent sooner.
constexpr duration doubt_after{60'000};

bool any_pending(const record::v1::OutboxEntry& entry) {
  return std::ranges::any_of(entry.recipients(),
                             [](const auto& r) { return r.state() == OutboxRecipient::PENDING; });
}

}  // namespace

result<due_page> read_due(const storage::unit_store& store,
                          const config::v1::OutgoingServer& server, time_point now, std::size_t max,
                          const std::vector<uint64_t>& busy, std::size_t room) {
  std::vector<uint64_t> ids;
  due_page page;
  auto all = keys::all_of(keys::kind::outbox_due);
  auto due_end = keys::outbox_due_until(to_millis(now)).last;
  auto scanned = store.scan(all, [&](std::string_view key, std::string_view) {
    auto id = keys::trailing_u64(key);
    if (std::find(busy.begin(), busy.end(), id) != busy.end()) return true;
    if (key >= due_end || ids.size() >= max) {
      page.next_due_at = keys::due_of(key);
      return false;
    }
    ids.push_back(id);
    return true;
  });
  if (!scanned) return scanned.error();
  std::vector<std::string> wanted;
  wanted.reserve(ids.size());
  for (auto id : ids) wanted.push_back(keys::outbox(id));
  auto got = store.multi_get(wanted);
  if (!got) return got.error();
  std::size_t used = 0;
  for (const auto& bytes : *got) {
    due_mail d;
    if (!bytes || !d.entry.ParseFromString(*bytes))
      return fail(ec::corrupt_record, "an outbox entry does not parse");
    auto attached = find_attached(store, d.entry);
    if (!attached) return attached.error();
    if (used + attached->encoded_size() > room) {
      page.waits_for_room = true;
      break;
    }
    auto message = render(store, d.entry, server, std::move(*attached));
    if (!message) return message.error();
    used += message->size();
    d.message = std::make_shared<const std::string>(std::move(*message));
    page.mails.push_back(std::move(d));
  }
  return page;
}

void settle(record::v1::OutboxEntry& entry, int recipient, const channels::send_report& report,
            const retry_policy& policy, time_point now, const random_fn& random) {
  auto& r = *entry.mutable_recipients(recipient);
  r.set_attempts(r.attempts() + 1);
  r.set_last_reply(report.reply.empty() ? std::string{to_string(report.code)} : report.reply);
  auto since = entry.tries_since() != 0 ? entry.tries_since() : entry.created_at();
  bool too_old = now - from_millis(since) >= policy.give_up_after;
  if (report.code == ec::none) {
    r.set_state(OutboxRecipient::SENT);
    r.set_settled_at(to_millis(now));
  } else if (report.permanent || too_old) {
    r.set_state(OutboxRecipient::DEAD);
    r.set_settled_at(to_millis(now));
  }
  unsigned attempts = 0;
  bool pending = false;
  for (const auto& each : entry.recipients())
    if (each.state() == OutboxRecipient::PENDING) {
      pending = true;
      attempts = std::max(attempts, each.attempts());
    }
  entry.set_settled(!pending);
  if (pending)
    entry.set_next_attempt_at(
        to_millis(now + backoff_delay({policy.first, policy.cap}, std::max(attempts, 1u), random)));
}

std::optional<record::v1::AddressMark> mark_of_refusal(const OutboxRecipient& refused,
                                                       time_point now) {
  record::v1::AddressMark mark;
  mark.set_address(partitions::fold_address(refused.address()));
  mark.set_status(mail::find_status(refused.last_reply()));
  mark.set_diagnostic(refused.last_reply());
  mark.set_at(to_millis(now));
  mark.set_reports(1);
  if (!partitions::is_unreachable(mark)) return std::nullopt;
  return mark;
}

std::vector<std::string> addresses_in_doubt(const std::vector<due_mail>& mails, time_point now) {
  std::vector<std::string> out;
  for (const auto& [entry, message] : mails) {
    if (entry.tries_since() != 0) continue;
    const bool lay = now - from_millis(entry.created_at()) >= doubt_after;
    for (const auto& r : entry.recipients())
      if (r.state() == OutboxRecipient::PENDING && (lay || r.attempts() > 0))
        out.push_back(partitions::fold_address(r.address()));
  }
  return out;
}

int give_up_unreachable(record::v1::OutboxEntry& entry, const address_marks& gone, time_point now) {
  if (entry.tries_since() != 0) return 0;
  int count = 0;
  for (auto& r : *entry.mutable_recipients()) {
    const auto found = gone.find(partitions::fold_address(r.address()));
    if (r.state() != OutboxRecipient::PENDING || found == gone.end()) continue;
    if (found->second.at() < entry.created_at()) continue;
    r.set_state(OutboxRecipient::DEAD);
    r.set_settled_at(to_millis(now));
    r.set_last_reply("not tried any more: " + partitions::why_kept_away(found->second));
    ++count;
  }
  if (count > 0) entry.set_settled(!any_pending(entry));
  return count;
}

void add(storage::write_batch& batch, const record::v1::OutboxEntry& entry) {
  batch.put(keys::outbox(entry.id()), entry.SerializeAsString());
  batch.put(keys::outbox_due(entry.next_attempt_at(), entry.id()), "");
  if (entry.call() != 0) batch.put(keys::outbox_of_call(call_number{entry.call()}, entry.id()), "");
  record::v1::MessageRef ref;
  ref.set_call(entry.call());
  ref.set_outbox(entry.id());
  batch.put(keys::message(entry.message_id()), ref.SerializeAsString());
}

storage::write_batch changes(const record::v1::OutboxEntry& after, int64_t due_before) {
  storage::write_batch batch;
  batch.erase(keys::outbox_due(due_before, after.id()));
  if (!after.settled()) batch.put(keys::outbox_due(after.next_attempt_at(), after.id()), "");
  batch.put(keys::outbox(after.id()), after.SerializeAsString());
  bool dead = std::any_of(after.recipients().begin(), after.recipients().end(),
                          [](const auto& r) { return r.state() == OutboxRecipient::DEAD; });
  if (after.settled() && dead) batch.put(keys::outbox_dead(after.id()), "");
  return batch;
}

}  // namespace postroom::actors::outbox

#include <exception>

#include "actors/audit_entries.hpp"
#include "actors/call_index.hpp"
#include "actors/ingest.hpp"
#include "actors/ingest_decide.hpp"
#include "actors/ingest_guards.hpp"
#include "actors/outbox.hpp"
#include "base/inject.hpp"
#include "base/log.hpp"
#include "partitions/routing.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

/// One commit of the call factory.
namespace postroom::actors::ingest {
namespace keys = storage::keys;
using storage::write_batch;

namespace {

// Raw mails above this are staged in pieces before the commit, so that a commit's memory does not
// grow with the mail.
constexpr std::size_t stage_from_bytes = 4u << 20;

/// Builds the changes of one commit.
class round_builder {
 public:
  round_builder(storage::unit_store& store, epoch owner, const round& r)
      : store_(store), owner_(owner), r_(r), now_(r.context->clock()), book_(store) {
    out_.numbers = r.numbers;
    out_.boxes = r.found.boxes;
  }

  result<round_result> run() {
    for (std::size_t b = 0; b < r_.taken.size(); ++b)
      if (auto added = add_batch(*r_.taken[b], r_.found.mails[b]); !added) return added.error();
    // Once each, however many mails of the round changed them.
    for (const auto& [number, call] : book_.changed()) actors::put_call(batch_, *call);
    batch_.put(keys::meta("next_call"), std::to_string(out_.numbers.next_call));
    batch_.put(keys::meta("next_mail"), std::to_string(out_.numbers.next_mail));
    batch_.put(keys::meta("next_outbox"), std::to_string(out_.numbers.next_outbox));
    POSTROOM_INJECT("factory.before_commit");
    if (auto done = commit(); !done) return done.error();
    POSTROOM_INJECT("factory.after_commit");
    return std::move(out_);
  }

 private:
  // A person's change is told in the audit in the same commit.
  result<void> commit() {
    if (!out_.again) return store_.commit(owner_, std::move(batch_));
    const auto& wanted = r_.taken.front()->again->wanted;
    return storage::audit::commit(storage::partition_unit(wanted.partition), store_, owner_,
                                  std::move(batch_), audit_of(wanted, out_.again->ledger, now_));
  }

  result<void> add_batch(const mail_batch& b, const std::vector<known>& found) {
    auto& box = out_.boxes[b.mailbox.value];
    if (!b.again) move_cursor(b, box);
    for (std::size_t i = 0; i < b.items.size(); ++i) {
      const auto& item = b.items[i];
      const sender_ptr who =
          needs_sender(item, found[i]) ? &r_.people.senders->at(next_sender_++) : nullptr;
      if (found[i].has_outcome) {
        // A poller that died after its offer has a next life that may stage the mail once more.
        if (item.staged != found[i].kept) drop_staged(item, batch_);
        continue;
      }
      if (auto added = add_guarded(b, item, found[i], who, box); !added) return added;
    }
    batch_.put(keys::mailbox(b.mailbox), box.SerializeAsString());
    return {};
  }

  static void move_cursor(const mail_batch& b, record::v1::MailboxState& box) {
    auto outcomes = box.outcomes();
    auto first_time = box.mailbox().empty();
    box = b.cursor;
    *box.mutable_outcomes() = outcomes;
    if (first_time && b.cursor.baseline_count() > 0)
      (*box.mutable_outcomes())[outcome_name(record::v1::SUPPRESSED, "before_start")] +=
          b.cursor.baseline_count();
  }

  using sender_ptr = const partitions::sender_resolution*;

  // The rules are pure, but a bug in them must cost one mail, not the mailbox: the second exception
  // puts it aside.
  result<void> add_guarded(const mail_batch& b, const mail_item& item, const known& k,
                           sender_ptr who, record::v1::MailboxState& box) {
    auto key = render_key(item.key);
    while (who && r_.context->notes->failures(key) < 2) {
      try {
        crash_notes::in_hand guard{key};
        return add(b, item, k, who, box);
      } catch (const std::exception& e) {
        log::error("mail_kills_handler", {{"mail", key}, {"error", e.what()}});
        r_.context->notes->note(key);
      }
    }
    if (!who) return add(b, item, k, who, box);
    auto poison = item;
    poison.what = mail_item::kind::quarantine;
    poison.reason = to_string(ec::mail_kills_handler);
    return add(b, poison, k, nullptr, box);
  }

  /// What one mail adds to the round; nothing of it counts before all of it is done.
  struct effects {
    record::v1::LedgerEntry entry;
    write_batch changes;
    counters numbers;
    uint64_t outbox_entries = 0;
    std::optional<record::v1::Call> call;
    std::vector<std::pair<std::string, record::v1::MessageRef>> messages;
    std::map<std::string, record::v1::RuleHits> hits;
    limited limits;
  };

  result<void> add(const mail_batch& b, const mail_item& item, const known& k, sender_ptr who,
                   record::v1::MailboxState& box) {
    guard_marks marks{r_.limits.get()};
    effects out{judge(item, k, now_), {}, out_.numbers, 0, {}, {}, {}, {}};
    if (k.probe) note_probe(*item.parsed, *k.probe, out.entry, out.changes);
    if (out.entry.outcome() == record::v1::SUPPRESSED && !is_refused(k)) {
      drop_staged(item, out.changes);
      out.entry.set_mail(item.stored.value);
    } else if (auto kept = keep(b, item, k, who, out); !kept) {
      return kept;
    }
    if (out.entry.has_duplicate_of())
      out.changes.put(keys::copy(out.entry.duplicate_of(), item.key), item.key.SerializeAsString());
    if (b.again) note_again(*b.again, out.entry, box, out.changes);
    out.changes.put(keys::ledger(item.key), out.entry.SerializeAsString());
    if (b.remember_action && item.was_read()) out.changes.put(keys::pending_action(item.key), "");
    if (auto r = count_hits(k, out); !r) return r.error();
    take(std::move(out), b, box);
    marks.taken();
    return {};
  }

  /// Lists and rules keep it from being a call; it is kept all the same.
  static bool is_refused(const known& k) {
    return k.handled && k.handled->what != partitions::handling::kind::call;
  }

  /// Of a mail decided anew the rules have been counted.
  result<void> count_hits(const known& k, effects& out) {
    if (!k.handled || r_.taken.front()->again) return {};
    for (const auto& rule : k.handled->rules) {
      auto known_hits = hits_of(rule);
      if (!known_hits) return known_hits.error();
      out.hits.emplace(rule, std::move(*known_hits));
    }
    partitions::add_hits(out.hits, *k.handled, now_);
    for (const auto& [rule, hits] : out.hits)
      out.changes.put(keys::rule_hits(rule), hits.SerializeAsString());
    return {};
  }

  result<record::v1::RuleHits> hits_of(const std::string& rule) {
    if (auto it = hits_.find(rule); it != hits_.end()) return it->second;
    auto stored = store_.get(keys::rule_hits(rule));
    if (!stored) return stored.error();
    record::v1::RuleHits out;
    if (!out.ParseFromString(stored->value_or("")))
      return fail(ec::corrupt_record, "how often a rule fitted does not parse");
    out.set_rule(rule);
    return out;
  }

  void take(effects made, const mail_batch& b, record::v1::MailboxState& box) {
    batch_.append(std::move(made.changes));
    out_.numbers = made.numbers;
    out_.outbox_entries += made.outbox_entries;
    out_.limits.left_out += made.limits.left_out;
    out_.limits.flood_mails += made.limits.flood_mails;
    for (const auto number : made.limits.began) out_.limits.began.push_back(number);
    if (made.call) book_.put(std::move(*made.call));
    book_.next_mail();
    for (const auto& [id, ref] : made.messages) book_.put_message(id, ref);
    for (auto& [rule, hits] : made.hits) hits_[rule] = std::move(hits);
    auto name = outcome_name(made.entry.outcome(), made.entry.reason());
    if (!b.again) ++out_.outcomes[name];
    ++(*box.mutable_outcomes())[name];
  }

  /// Whoever sent the probe looks for this.
  static void note_probe(const mail::parsed_mail& mail, record::v1::Probe probe,
                         const record::v1::LedgerEntry& entry, write_batch& changes) {
    *probe.mutable_seen_as() = entry.key();
    probe.set_seen_at(entry.decided_at());
    changes.put(keys::probe(mail.probe), probe.SerializeAsString());
  }

  // A quarantine's entry stays as the record of what a person did; the mailbox's counters go on
  // to sum up to all mails it ever showed.
  void note_again(const decided_again& again, record::v1::LedgerEntry& entry,
                  record::v1::MailboxState& box, write_batch& changes) {
    const auto before = outcome_name(again.ledger.outcome(), again.ledger.reason());
    auto& outcomes = *box.mutable_outcomes();
    if (auto it = outcomes.find(before); it != outcomes.end() && --it->second == 0)
      outcomes.erase(it);
    entry.set_seen_at(again.ledger.seen_at());
    entry.set_size(again.ledger.size());
    entry.set_reprocessed_at(to_millis(now_));
    entry.set_reprocessed_by(again.wanted.who);
    entry.set_reprocess_reason(again.wanted.reason);
    entry.set_before(before);
    entry.set_accepted(again.wanted.accept);
    for (const auto& address : again.ledger.forwarded()) entry.add_forwarded(address);
    for (const auto id : again.ledger.sent()) entry.add_sent(id);
    auto q = again.quarantined;
    if (!q && entry.outcome() == record::v1::QUARANTINED) q = quarantine_entry(entry);
    if (q) {
      note_again(again.wanted, entry, *q);
      changes.put(keys::quarantine(mail_id{q->mail()}), q->SerializeAsString());
    }
    out_.again = again_result{entry, std::move(q)};
  }

  void note_again(const reprocess_mail& wanted, const record::v1::LedgerEntry& entry,
                  record::v1::QuarantineEntry& q) const {
    q.set_reprocessed_at(to_millis(now_));
    q.set_reprocessed_by(wanted.who);
    q.set_reprocess_reason(wanted.reason);
    if (entry.outcome() == record::v1::QUARANTINED) {
      q.set_reason(entry.reason());
      q.set_detail(entry.note());
      q.clear_became();
    } else {
      q.set_became(entry.outcome());
      q.set_call(entry.call());
    }
  }

  static void drop_staged(const mail_item& item, write_batch& changes) {
    if (item.staged.value == 0) return;
    auto range = keys::raw_of(item.staged);
    changes.erase_range(range.first, range.last);
    changes.erase(keys::staging(item.staged));
  }

  // The raw mail, and the call or the quarantine entry it becomes.
  result<void> keep(const mail_batch& b, const mail_item& item, const known& k, sender_ptr who,
                    effects& out) {
    auto id = id_of(item, out.numbers);
    if (!item.stored.value)
      if (auto stored = put_raw(item, id, out.changes); !stored) return stored;
    out.entry.set_mail(id.value);
    if (!item.content_hash.empty())
      out.changes.put(keys::dedupe(item.content_hash), item.key.SerializeAsString());
    const bool forwards = is_refused(k) && !k.handled->forward.empty();
    if (out.entry.outcome() == record::v1::LOGGED || forwards)
      if (auto done = handle(b, item, k, who, id, out); !done) return done;
    if (out.entry.outcome() == record::v1::QUARANTINED && !item.stored.value)
      out.changes.put(keys::quarantine(id), quarantine_entry(out.entry).SerializeAsString());
    return {};
  }

  static mail_id id_of(const mail_item& item, counters& numbers) {
    if (item.stored.value) return item.stored;
    return item.staged.value ? item.staged : mail_id{numbers.next_mail++};
  }

  result<void> put_raw(const mail_item& item, mail_id id, write_batch& changes) {
    record::v1::Mail mail;
    mail.set_id(id.value);
    *mail.mutable_key() = item.key;
    mail.set_size(item.bytes());
    mail.set_content_hash(item.content_hash);
    mail.set_stored_at(to_millis(now_));
    mail.set_chunks(item.staged_chunks);
    if (item.staged.value) {
      changes.erase(keys::staging(id));
    } else if (item.raw) {
      auto chunks = (item.raw->size() + chunk_bytes - 1) / chunk_bytes;
      mail.set_chunks(static_cast<uint32_t>(chunks));
      if (auto put = put_chunks(item.raw, id, changes); !put) return put;
    }
    changes.put(keys::mail(id), mail.SerializeAsString());
    return {};
  }

  result<void> put_chunks(const std::shared_ptr<const std::string>& raw, mail_id id,
                          write_batch& changes) {
    bool stage = raw->size() >= stage_from_bytes;
    if (stage) {
      write_batch marker;
      marker.put(keys::staging(id), "");
      if (auto staged = store_.stage(owner_, std::move(marker)); !staged) return staged;
      changes.erase(keys::staging(id));
    }
    uint32_t chunk = 0;
    for (std::size_t at = 0; at < raw->size(); at += chunk_bytes) {
      auto part = std::string_view{*raw}.substr(at, chunk_bytes);
      write_batch piece;
      (stage ? piece : changes).put_shared(keys::raw(id, chunk++), raw, part);
      if (!stage) continue;
      if (auto staged = store_.stage(owner_, std::move(piece)); !staged) return staged;
    }
    return {};
  }

  static record::v1::QuarantineEntry quarantine_entry(const record::v1::LedgerEntry& entry) {
    record::v1::QuarantineEntry q;
    q.set_mail(entry.mail());
    *q.mutable_key() = entry.key();
    q.set_reason(entry.reason());
    q.set_detail(entry.note());
    q.set_size(entry.size());
    q.set_at(entry.decided_at());
    return q;
  }

  /// The rules of now; of a server that was configured away meanwhile those of the poller.
  const partitions::partition_model& model_for(const mail_batch& b) const {
    return r_.model->incoming(b.mailbox.value) ? *r_.model : *b.model;
  }

  // A call, or what is added to one.
  result<void> handle(const mail_batch& b, const mail_item& item, const known& k, sender_ptr who,
                      mail_id id, effects& out) {
    POSTROOM_INJECT("factory.decide");
    const auto& model = model_for(b);
    auto made = decide(std::move(out.entry),
                       {model, *model.incoming(b.mailbox.value), item, k, who, *r_.people.analysts,
                        *r_.people.persons, r_.command_users, call_number{out.numbers.next_call},
                        id, now_, random_hex(r_.context->random), *r_.keys, book_, r_.limits.get(),
                        b.again ? &b.again->ledger : nullptr});
    if (!made) return made.error();
    out.entry = std::move(made->entry);
    // The answer to a command may be about no call; so may the mail that a report speaks of.
    for (auto& mail : made->mails) put_outgoing(std::move(mail), out);
    for (const auto& [place, report] : made->reports)
      out.changes.put(keys::outbox_report(out.entry.outbox(), place), report.SerializeAsString());
    out.limits = limits_of(*made);
    if (!made->call) return {};
    auto taken = book_.message(item.parsed->message_id);
    if (!taken) return taken.error();
    const call_number number{made->call->number()};
    put_call(std::move(*made), item, out);
    // Who sends a mail with the Message-ID of another one must not get the answers to that one.
    if (!*taken) put_message(item.parsed->message_id, number, out);
    return {};
  }

  static limited limits_of(const decision& made) {
    limited out{made.left_out, 0, {}};
    if (made.update && made.update->kind() == record::v1::CallUpdate::FLOOD) ++out.flood_mails;
    if (made.flood_begins) out.began.push_back(call_number{made.call->number()});
    return out;
  }

  static void put_call(decision made, const mail_item& item, effects& out) {
    const call_number number{made.call->number()};
    if (made.is_new) ++out.numbers.next_call;
    if (made.update)
      out.changes.put(keys::call_update(number, made.update->sequence()),
                      made.update->SerializeAsString());
    if (!item.parsed->html.empty())
      out.changes.put(keys::safe_html(mail_id{out.entry.mail()}), item.parsed->html);
    out.call = std::move(made.call);
  }

  static void put_message(const std::string& id, call_number number, effects& out) {
    if (id.empty()) return;
    record::v1::MessageRef ref;
    ref.set_call(number.value);
    out.changes.put(keys::message(id), ref.SerializeAsString());
    out.messages.emplace_back(id, std::move(ref));
  }

  static void put_outgoing(record::v1::OutboxEntry mail, effects& out) {
    mail.set_id(out.numbers.next_outbox++);
    out.entry.add_sent(mail.id());
    ++out.outbox_entries;
    outbox::add(out.changes, mail);
  }

  storage::unit_store& store_;
  epoch owner_;
  const round& r_;
  time_point now_;
  call_book book_;
  std::map<std::string, record::v1::RuleHits> hits_;
  write_batch batch_;
  round_result out_;
  std::size_t next_sender_ = 0;
};

}  // namespace

result<round_result> decide_and_commit(storage::unit_store& store, epoch owner, const round& r) {
  return round_builder{store, owner, r}.run();
}

}  // namespace postroom::actors::ingest

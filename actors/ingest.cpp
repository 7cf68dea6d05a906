#include "actors/ingest.hpp"

#include <exception>

#include "base/inject.hpp"
#include "base/log.hpp"
#include "partitions/decide.hpp"
#include "storage/keys.hpp"

namespace postroom::actors::ingest {
namespace keys = storage::keys;
using record::v1::MailKey;
using storage::write_batch;

namespace {

// Raw mails above this are staged in pieces before the commit, so that a commit's memory does not
// grow with the mail.
constexpr std::size_t stage_from_bytes = 4u << 20;

result<uint64_t> read_number(const storage::unit_store& store, std::string_view name) {
  auto got = store.get(keys::meta(name));
  if (!got) return got.error();
  if (!*got) return uint64_t{1};
  try {
    return static_cast<uint64_t>(std::stoull(**got));
  } catch (const std::exception&) {
    return fail(ec::corrupt_record,
                "the number " + std::string{name} + " of a partition does not parse");
  }
}

template <class Record>
result<Record> parse_record(const std::string& bytes, const char* what) {
  Record out;
  if (!out.ParseFromString(bytes))
    return fail(ec::corrupt_record, std::string{what} + " does not parse");
  return out;
}

/// Builds the changes of one commit.
class round_builder {
 public:
  round_builder(storage::unit_store& store, epoch owner, const round& r)
      : store_(store), owner_(owner), r_(r), now_(r.context->clock()) {
    out_.numbers = r.numbers;
    out_.boxes = r.found.boxes;
  }

  result<round_result> run() {
    for (std::size_t b = 0; b < r_.taken.size(); ++b)
      if (auto added = add_batch(*r_.taken[b], r_.found.mails[b]); !added) return added.error();
    batch_.put(keys::meta("next_call"), std::to_string(out_.numbers.next_call));
    batch_.put(keys::meta("next_mail"), std::to_string(out_.numbers.next_mail));
    batch_.put(keys::meta("next_outbox"), std::to_string(out_.numbers.next_outbox));
    POSTROOM_INJECT("factory.before_commit");
    if (auto done = store_.commit(owner_, std::move(batch_)); !done) return done.error();
    POSTROOM_INJECT("factory.after_commit");
    return std::move(out_);
  }

 private:
  result<void> add_batch(const mail_batch& b, const std::vector<known>& found) {
    auto& box = out_.boxes[b.mailbox.value];
    auto outcomes = box.outcomes();
    auto first_time = box.mailbox().empty();
    box = b.cursor;
    *box.mutable_outcomes() = outcomes;
    if (first_time && b.cursor.baseline_count() > 0)
      (*box.mutable_outcomes())[outcome_name(record::v1::SUPPRESSED, "before_start")] +=
          b.cursor.baseline_count();
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

  result<void> add(const mail_batch& b, const mail_item& item, const known& k, sender_ptr who,
                   record::v1::MailboxState& box) {
    record::v1::LedgerEntry entry;
    *entry.mutable_key() = item.key;
    const auto listed_size = item.listed.size_is_bound ? 0 : item.listed.size;
    entry.set_size(item.bytes() ? item.bytes() : listed_size);
    entry.set_seen_at(to_millis(item.seen_at));
    entry.set_decided_at(to_millis(now_));
    write_batch changes;
    auto numbers = out_.numbers;
    auto outbox_entries = out_.outbox_entries;
    if (item.what == mail_item::kind::suppress) {
      suppress(entry, item.reason, item.detail);
    } else if (k.duplicate_of) {
      *entry.mutable_duplicate_of() = *k.duplicate_of;
      suppress(entry, "duplicate",
               "the same Message-ID and content as " + render_key(*k.duplicate_of));
      drop_staged(item, changes);
    } else {
      if (auto kept = keep(b, item, who, entry, numbers, outbox_entries, changes); !kept)
        return kept;
    }
    changes.put(keys::ledger(item.key), entry.SerializeAsString());
    if (b.remember_action && item.reason != "before_start" && item.reason != "vanished")
      changes.put(keys::pending_action(item.key), "");
    batch_.append(std::move(changes));
    out_.numbers = numbers;
    out_.outbox_entries = outbox_entries;
    auto name = outcome_name(entry.outcome(), entry.reason());
    ++out_.outcomes[name];
    ++(*box.mutable_outcomes())[name];
    return {};
  }

  static void suppress(record::v1::LedgerEntry& entry, const std::string& reason,
                       const std::string& note) {
    entry.set_outcome(record::v1::SUPPRESSED);
    entry.set_reason(reason);
    entry.set_note(note);
  }

  static void drop_staged(const mail_item& item, write_batch& changes) {
    if (item.staged.value == 0) return;
    auto range = keys::raw_of(item.staged);
    changes.erase_range(range.first, range.last);
    changes.erase(keys::staging(item.staged));
  }

  // The raw mail, and the call or the quarantine entry it becomes.
  result<void> keep(const mail_batch& b, const mail_item& item, sender_ptr who,
                    record::v1::LedgerEntry& entry, counters& numbers, uint64_t& outbox_entries,
                    write_batch& changes) {
    auto id = item.staged.value ? item.staged : mail_id{numbers.next_mail++};
    if (auto stored = put_raw(item, id, changes); !stored) return stored;
    entry.set_mail(id.value);
    if (!item.content_hash.empty())
      changes.put(keys::dedupe(item.content_hash), item.key.SerializeAsString());
    if (item.what == mail_item::kind::quarantine) {
      quarantine(item, id, entry, changes);
    } else {
      log_call(b, item, *who, id, entry, numbers, outbox_entries, changes);
    }
    return {};
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

  void quarantine(const mail_item& item, mail_id id, record::v1::LedgerEntry& entry,
                  write_batch& changes) {
    record::v1::QuarantineEntry q;
    q.set_mail(id.value);
    *q.mutable_key() = item.key;
    q.set_reason(item.reason);
    q.set_detail(item.detail);
    q.set_size(item.bytes());
    q.set_at(to_millis(now_));
    changes.put(keys::quarantine(id), q.SerializeAsString());
    entry.set_outcome(record::v1::QUARANTINED);
    entry.set_reason(item.reason);
    entry.set_note(item.detail);
  }

  void log_call(const mail_batch& b, const mail_item& item,
                const partitions::sender_resolution& who, mail_id id,
                record::v1::LedgerEntry& entry, counters& numbers, uint64_t& outbox_entries,
                write_batch& changes) {
    POSTROOM_INJECT("factory.decide");
    const auto* model = r_.model.get();
    const auto* server = model->incoming(b.mailbox.value);
    if (!server) {
      model = b.model.get();
      server = model->incoming(b.mailbox.value);
    }
    const record::v1::Person* analyst = nullptr;
    if (auto it = r_.people.analysts->find(server->default_logging_analyst());
        it != r_.people.analysts->end())
      analyst = &it->second;
    auto number = call_number{numbers.next_call++};
    auto call = partitions::decide_call(
        {*model, *server, *item.parsed, who, analyst, item.key, number, id, now_});
    changes.put(keys::call(number), call.SerializeAsString());
    entry.set_outcome(record::v1::LOGGED);
    entry.set_call(number.value);
    auto answer = partitions::acknowledge(*model, call, *item.parsed, who.person,
                                          random_hex(r_.context->random), now_);
    if (!answer) return;
    answer->set_id(numbers.next_outbox++);
    answer->set_next_attempt_at(to_millis(now_));
    ++outbox_entries;
    changes.put(keys::outbox(answer->id()), answer->SerializeAsString());
    changes.put(keys::outbox_due(answer->next_attempt_at(), answer->id()), "");
    changes.put(keys::outbox_of_call(number, answer->id()), "");
  }

  storage::unit_store& store_;
  epoch owner_;
  const round& r_;
  time_point now_;
  write_batch batch_;
  round_result out_;
  std::size_t next_sender_ = 0;
};

}  // namespace

result<counters> load(storage::unit_store& store, epoch owner) {
  counters out;
  for (auto [name, to] :
       {std::pair{"next_call", &out.next_call}, std::pair{"next_mail", &out.next_mail},
        std::pair{"next_outbox", &out.next_outbox}}) {
    auto got = read_number(store, name);
    if (!got) return got.error();
    *to = *got;
  }
  write_batch cleanup;
  auto scanned =
      store.scan(keys::all_of(keys::kind::staging), [&](std::string_view key, std::string_view) {
        auto range = keys::raw_of(mail_id{keys::trailing_u64(key)});
        cleanup.erase_range(range.first, range.last);
        cleanup.erase(std::string{key});
        return true;
      });
  if (!scanned) return scanned.error();
  if (!cleanup.empty())
    if (auto done = store.commit(owner, std::move(cleanup)); !done) return done.error();
  return out;
}

result<void> reserve(storage::unit_store& store, epoch owner, const counters& numbers) {
  write_batch batch;
  batch.put(keys::meta("next_mail"), std::to_string(numbers.next_mail + 1));
  return store.stage(owner, std::move(batch));
}

result<looked_up> look_up(const storage::unit_store& store, const batches& taken,
                          std::map<std::string, record::v1::MailboxState> boxes) {
  std::vector<std::string> wanted;
  for (const auto& b : taken)
    for (const auto& item : b->items) {
      wanted.push_back(keys::ledger(item.key));
      wanted.push_back(keys::dedupe(item.content_hash));
    }
  auto got = store.multi_get(wanted);
  if (!got) return got.error();
  looked_up out;
  std::map<std::string, MailKey> in_this_round;
  // By ledger key, what is staged for the first of them: an offer that was repeated while it
  // waited.
  std::map<std::string_view, mail_id> first_of_this_round;
  std::size_t at = 0;
  for (const auto& b : taken) {
    auto& row = out.mails.emplace_back();
    for (const auto& item : b->items) {
      known k;
      const auto& entry = (*got)[at];
      const auto& earlier = (*got)[at + 1];
      auto [same_key, is_first] = first_of_this_round.emplace(wanted[at], item.staged);
      k.has_outcome = entry.has_value() || !is_first;
      if (entry && item.staged.value != 0) {
        auto outcome = parse_record<record::v1::LedgerEntry>(*entry, "a ledger entry");
        if (!outcome) return outcome.error();
        k.kept = mail_id{outcome->mail()};
      } else if (!is_first) {
        k.kept = same_key->second;
      }
      at += 2;
      if (!k.has_outcome && !item.content_hash.empty() && item.what != mail_item::kind::suppress) {
        if (earlier) {
          auto key = parse_record<MailKey>(*earlier, "a dedupe record");
          if (!key) return key.error();
          k.duplicate_of = *key;
        } else if (auto [it, first] = in_this_round.emplace(item.content_hash, item.key); !first) {
          k.duplicate_of = it->second;
        }
      }
      row.push_back(std::move(k));
    }
    if (boxes.contains(b->mailbox.value)) continue;
    auto state = store.get(keys::mailbox(b->mailbox));
    if (!state) return state.error();
    auto parsed = parse_record<record::v1::MailboxState>(state->value_or(""), "a mailbox state");
    if (!parsed) return parsed.error();
    boxes.emplace(b->mailbox.value, std::move(*parsed));
  }
  out.boxes = std::move(boxes);
  return out;
}

bool needs_sender(const mail_item& item, const known& k) {
  return item.what == mail_item::kind::call && !k.has_outcome && !k.duplicate_of;
}

result<round_result> decide_and_commit(storage::unit_store& store, epoch owner, const round& r) {
  return round_builder{store, owner, r}.run();
}

std::string outcome_name(record::v1::Outcome outcome, const std::string& reason) {
  std::string name;
  switch (outcome) {
    case record::v1::LOGGED:
      name = "logged";
      break;
    case record::v1::UPDATED:
      name = "updated";
      break;
    case record::v1::COMMAND:
      name = "command";
      break;
    case record::v1::SUPPRESSED:
      name = "suppressed";
      break;
    case record::v1::QUARANTINED:
      name = "quarantined";
      break;
    default:
      name = "unspecified";
      break;
  }
  return reason.empty() ? name : name + ":" + reason;
}

std::string render_key(const MailKey& key) {
  auto where = key.mailbox() + "/";
  if (!key.uidl().empty()) return where + key.uidl();
  return where + std::to_string(key.uid_validity()) + "/" + std::to_string(key.uid());
}

}  // namespace postroom::actors::ingest

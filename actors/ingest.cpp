#include "actors/ingest.hpp"

#include <exception>

#include "actors/call_book.hpp"
#include "actors/ingest_notice.hpp"
#include "base/digest.hpp"

#include "storage/keys.hpp"

namespace postroom::actors::ingest {
namespace keys = storage::keys;
using record::v1::MailKey;
using storage::write_batch;

namespace {

constexpr std::string_view reply_key = "reply_key";
constexpr int reply_key_words = 4;  // 256 bits

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

/// Only an id that this partition has given away, in the very mail it was given to, marks a probe:
/// everybody can write the header. Such mails are rare, so one more read of the store is.
result<std::optional<record::v1::Probe>> find_probe(const storage::unit_store& store,
                                                    const mail_item& item) {
  std::optional<record::v1::Probe> none;
  if (!item.parsed || item.parsed->probe.empty()) return none;
  auto got = store.get(keys::probe(item.parsed->probe));
  if (!got) return got.error();
  if (!*got) return none;
  auto probe = parse_record<record::v1::Probe>(**got, "a probe");
  if (!probe) return probe.error();
  const bool ours = probe->message_id() == item.parsed->message_id;
  if (!ours || to_millis(item.seen_at) >= probe->expires_at()) return none;
  return std::optional{std::move(*probe)};
}

}  // namespace

result<keys_ptr> read_keys(const storage::unit_store& store) {
  auto key = store.get(keys::meta(reply_key));
  if (!key) return key.error();
  if (!*key) return keys_ptr{};
  auto mark = to_hex(hmac_sha256(**key, "postroom-loop-1")).substr(0, 16);
  auto tags = mail::reply_tags::make({std::move(**key)});
  if (!tags) return fail(ec::corrupt_record, "the key of a partition's references is too short");
  return std::make_shared<const partition_keys>(partition_keys{std::move(*tags), std::move(mark)});
}

result<loaded> load(storage::unit_store& store, epoch owner, const random_fn& random) {
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
  auto known = read_keys(store);
  if (!known) return known.error();
  if (!*known) cleanup.put(keys::meta(reply_key), random_hex(random, reply_key_words));
  if (!cleanup.empty())
    if (auto done = store.commit(owner, std::move(cleanup)); !done) return done.error();
  if (!*known) known = read_keys(store);
  if (!known) return known.error();
  return loaded{out, std::move(*known)};
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
  call_book book{store};
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
      auto [same_key, is_first] = first_of_this_round.emplace(wanted[at], item.staged);
      k.has_outcome = (entry.has_value() && !item.stored.value) || !is_first;
      if (entry && item.staged.value != 0) {
        auto outcome = parse_record<record::v1::LedgerEntry>(*entry, "a ledger entry");
        if (!outcome) return outcome.error();
        k.kept = mail_id{outcome->mail()};
      } else if (!is_first) {
        k.kept = same_key->second;
      }
      const auto& earlier = (*got)[at + 1];
      at += 2;
      if (!k.has_outcome && !item.content_hash.empty() && item.what != mail_item::kind::suppress) {
        if (earlier) {
          auto key = parse_record<MailKey>(*earlier, "a dedupe record");
          if (!key) return key.error();
          if (!item.stored.value || render_key(*key) != render_key(item.key)) k.duplicate_of = *key;
        } else if (auto [it, first] = in_this_round.emplace(item.content_hash, item.key); !first) {
          k.duplicate_of = it->second;
        }
      }
      if (item.what == mail_item::kind::notice && !k.has_outcome) {
        auto reported = reported_mail(book, *item.parsed);
        if (!reported) return reported.error();
        k.reported = std::move(*reported);
      }
      auto probe = find_probe(store, item);
      if (!probe) return probe.error();
      k.probe = std::move(*probe);
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

std::vector<record::v1::AddressMark> failed_addresses(const batches& taken, const looked_up& found,
                                                      time_point now) {
  std::vector<record::v1::AddressMark> out;
  for (std::size_t b = 0; b < taken.size(); ++b)
    for (std::size_t i = 0; i < taken[b]->items.size(); ++i) {
      const auto& k = found.mails[b][i];
      if (!k.reported || k.duplicate_of) continue;
      for (auto& mark : failed_addresses(*k.reported, *taken[b]->items[i].parsed, now))
        out.push_back(std::move(mark));
    }
  return out;
}

bool needs_sender(const mail_item& item, const known& k) {
  return item.what == mail_item::kind::call && !k.has_outcome && !k.duplicate_of && !k.probe;
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

#include "actors/ingest.hpp"

#include <exception>

#include "actors/call_index.hpp"
#include "actors/ingest_command.hpp"
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

}  // namespace

result<keys_ptr> read_keys(const storage::unit_store& store) {
  auto key = store.get(keys::meta(reply_key));
  if (!key) return key.error();
  if (!*key) return keys_ptr{};
  return make_keys(std::move(**key));
}

result<keys_ptr> make_keys(std::string key) {
  auto mark = to_hex(hmac_sha256(key, "postroom-loop-1")).substr(0, 16);
  auto tags = mail::reply_tags::make({std::move(key)});
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
  if (auto indexed = index_open_calls(store, owner, cleanup); !indexed) return indexed.error();
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

std::vector<record::v1::AddressMark> addresses_to_mark(const batches& taken, const looked_up& found,
                                                       time_point now) {
  std::vector<record::v1::AddressMark> out;
  for (std::size_t b = 0; b < taken.size(); ++b)
    for (std::size_t i = 0; i < taken[b]->items.size(); ++i) {
      const auto& k = found.mails[b][i];
      if (!k.reported || k.duplicate_of) continue;
      for (auto& mark : addresses_to_mark(*k.reported, *taken[b]->items[i].parsed, now))
        out.push_back(std::move(mark));
    }
  return out;
}

bool needs_sender(const mail_item& item, const known& k) {
  const bool refused = k.handled && k.handled->what != partitions::handling::kind::call;
  return item.what == mail_item::kind::call && !k.has_outcome && !k.duplicate_of && !k.probe &&
         !refused;
}

std::vector<partitions::sender> command_senders(const round& r) {
  std::vector<partitions::sender> out;
  std::size_t next = 0;
  for (std::size_t b = 0; b < r.taken.size(); ++b)
    for (std::size_t i = 0; i < r.taken[b]->items.size(); ++i) {
      const auto& item = r.taken[b]->items[i];
      const auto& found = r.found.mails[b][i];
      if (!needs_sender(item, found)) continue;
      auto whom = logs_for(*r.model, item, found, r.people.senders->at(next++));
      if (!whom.empty()) out.push_back({std::move(whom), "", render_key(item.key) + "/for"});
    }
  return out;
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

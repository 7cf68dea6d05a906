#include "app/explain_find.hpp"

#include "app/admin_find.hpp"
#include "app/words.hpp"
#include "storage/keys.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
using admin::v1::ExplainRequest;
using record::v1::LedgerEntry;
using record::v1::MailKey;

constexpr const char* one_way =
    "give exactly one of: mail, message_id, place, or mailbox with uid or uidl";

result<MailKey> key_of_stored(const storage::unit_store& store, const ExplainRequest& r) {
  const auto name = r.partition() + "/" + std::to_string(r.mail());
  auto mail = read_record<record::v1::Mail>(store, keys::mail(mail_id{r.mail()}), "mail " + name);
  if (!mail) return mail.error();
  if (!*mail) return fail(ec::not_found, "there is no mail " + name);
  return (*mail)->key();
}

std::string without_brackets(std::string id) {
  if (id.starts_with('<')) id.erase(0, 1);
  if (id.ends_with('>')) id.pop_back();
  return id;
}

/// The update that a mail made, by its Message-ID; nothing: the mail made the call itself.
result<std::optional<MailKey>> key_of_update(const storage::unit_store& store, call_number call,
                                             const std::string& id) {
  std::optional<MailKey> out;
  auto scanned = store.scan(keys::updates_of(call), [&](std::string_view, std::string_view value) {
    record::v1::CallUpdate update;
    if (update.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
        update.message_id() == id)
      out = update.key();
    return !out;
  });
  if (!scanned) return scanned.error();
  return out;
}

result<MailKey> key_of_message(const storage::unit_store& store, const ExplainRequest& r) {
  const auto id = without_brackets(r.message_id());
  auto ref = read_record<record::v1::MessageRef>(store, keys::message(id), "a Message-ID");
  if (!ref) return ref.error();
  if (*ref && (*ref)->outbox() != 0)
    return fail(ec::config_invalid, "message_id: it is a mail that was sent from here, " +
                                        r.partition() + "/" + std::to_string((*ref)->outbox()) +
                                        "; `postroom outbox --all` shows it");
  if (!*ref)
    return fail(ec::not_found,
                "no call came of a mail with this Message-ID; name the mail by its number or its "
                "place, MAILBOX/UIDVALIDITY/UID: `postroom ledger` and `postroom quarantine` list "
                "them");
  const call_number number{(*ref)->call()};
  auto update = key_of_update(store, number, id);
  if (!update) return update.error();
  if (*update) return std::move(**update);
  auto call = read_record<record::v1::Call>(store, keys::call(number), "the call of the mail");
  if (!call) return call.error();
  if (!*call) return fail(ec::corrupt_record, "the call of the mail is not there");
  return (*call)->key();
}

result<record::v1::MailboxState> read_box(const storage::unit_store& store,
                                          const std::string& partition, const std::string& name) {
  auto box = read_record<record::v1::MailboxState>(store, keys::mailbox(mailbox_id{name}),
                                                   "the state of a mailbox");
  if (!box) return box.error();
  if (!*box)
    return fail(ec::not_found, "partition " + partition + " has read no mailbox " + name +
                                   "; `postroom status` shows them");
  return std::move(**box);
}

MailKey key_of(const std::string& mailbox, uint64_t validity, uint64_t uid,
               const std::string& uidl) {
  MailKey key;
  key.set_mailbox(mailbox);
  key.set_uid_validity(validity);
  key.set_uid(uid);
  key.set_uidl(uidl);
  return key;
}

/// All mails that a place may name: a UIDL is whatever a server likes, a number with a slash too.
std::vector<MailKey> keys_at(const std::string& name, const std::string& rest,
                             const record::v1::MailboxState& box) {
  std::vector<MailKey> out;
  const auto slash = rest.find('/');
  const auto validity = to_number(std::string_view{rest}.substr(0, slash));
  const auto uid =
      slash == rest.npos ? validity : to_number(std::string_view{rest}.substr(slash + 1));
  if (uid && validity)
    out.push_back(key_of(name, slash == rest.npos ? box.uid_validity() : *validity, *uid, {}));
  out.push_back(key_of(name, box.uid_validity(), 0, rest));
  for (const auto earlier : box.earlier_validities()) out.push_back(key_of(name, earlier, 0, rest));
  return out;
}

result<MailKey> key_of_place(const storage::unit_store& store, const ExplainRequest& r) {
  const auto slash = r.place().find('/');
  const auto name = r.place().substr(0, slash);
  if (slash == std::string::npos || slash + 1 == r.place().size())
    return fail(ec::config_invalid, "place: is none such as inbox/1796069462/10");
  auto box = read_box(store, r.partition(), name);
  if (!box) return box.error();
  const auto named = keys_at(name, r.place().substr(slash + 1), *box);
  for (const auto& key : named) {
    auto entry = store.get(keys::ledger(key));
    if (!entry) return entry.error();
    if (*entry) return key;
  }
  return named.front();
}

result<MailKey> key_in_mailbox(const storage::unit_store& store, const ExplainRequest& r) {
  auto box = read_box(store, r.partition(), r.mailbox());
  if (!box) return box.error();
  return key_of(r.mailbox(), box->uid_validity(), r.uid(), r.uidl());
}
result<MailKey> find_key(const storage::unit_store& store, const ExplainRequest& r) {
  const bool placed = !r.mailbox().empty() || r.uid() != 0 || !r.uidl().empty();
  if ((r.mail() != 0) + !r.message_id().empty() + !r.place().empty() + placed != 1)
    return fail(ec::config_invalid, one_way);
  if (r.mail() != 0) return key_of_stored(store, r);
  if (!r.message_id().empty()) return key_of_message(store, r);
  if (!r.place().empty()) return key_of_place(store, r);
  if (r.mailbox().empty() || (r.uid() != 0) == !r.uidl().empty())
    return fail(ec::config_invalid, one_way);
  return key_in_mailbox(store, r);
}

}  // namespace

result<LedgerEntry> find_explained(const open_unit& unit, const ExplainRequest& request) {
  auto key = find_key(*unit.store, request);
  if (!key) return key.error();
  auto entry = read_record<LedgerEntry>(*unit.store, keys::ledger(*key), "a ledger entry");
  if (!entry) return entry.error();
  if (!*entry)
    return fail(ec::not_found,
                "the ledger has no such mail: it has not been decided yet, or it "
                "was there before the mailbox's start");
  return std::move(**entry);
}

}  // namespace postroom::app

#include "actors/reprocess.hpp"

#include "actors/ingest.hpp"
#include "actors/poller_plan.hpp"
#include "actors/stored_mail.hpp"
#include "storage/keys.hpp"

namespace postroom::actors::reprocess {
namespace keys = storage::keys;

namespace {

constexpr unsigned max_failures = 2;  // as for a new mail

template <class Record>
result<std::optional<Record>> read_record(const storage::unit_store& store, const std::string& key,
                                          const std::string& what) {
  auto bytes = store.get(key);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Record>{};
  Record out;
  if (!out.ParseFromString(**bytes)) return fail(ec::corrupt_record, what + " does not parse");
  return std::optional<Record>{std::move(out)};
}

bool is_refused(const record::v1::LedgerEntry& entry) {
  return entry.outcome() == record::v1::SUPPRESSED || entry.outcome() == record::v1::QUARANTINED;
}

/// Why a mail cannot be decided anew now.
result<void> check(const stored_mail& mail, const partitions::partition_model& model,
                   const crash_notes& notes, const std::string& what) {
  const auto& key = mail.ledger.key();
  if (!is_refused(mail.ledger))
    return fail(ec::conflict, what +
                                  " was neither quarantined nor suppressed; `postroom explain` " +
                                  "says what it became");
  if (!model.incoming(key.mailbox()))
    return fail(ec::conflict, what + " came through the server " + key.mailbox() +
                                  ", which is not configured any more; configure it again, not " +
                                  "active, or discard the mail");
  if (notes.failures(ingest::render_key(key)) >= max_failures)
    return fail(ec::conflict, "handling " + what + " failed twice, the node may have died of it; " +
                                  "after an update that mends it remove its lines from " +
                                  "DATA_DIR/crash-notes, restart and ask again");
  return {};
}

}  // namespace

bool stored_mail::has_become() const {
  const bool left = entry && entry->became() != record::v1::OUTCOME_UNSPECIFIED;
  return (left || ledger.reprocessed_at() != 0) && !is_refused(ledger);
}

result<stored_mail> read(const storage::unit_store& store, const partitions::partition_model& model,
                         const reprocess_mail& wanted, const crash_notes& notes) {
  const auto what = "mail " + wanted.partition.value + "/" + std::to_string(wanted.mail.value);
  auto mail = read_mail_record(store, wanted.mail, what);
  if (!mail && mail.code() == ec::not_found)
    return fail(ec::not_found, "there is no " + what + "; `postroom quarantine --all` and " +
                                   "`postroom ledger` list them");
  if (!mail) return mail.error();
  auto entry = read_record<record::v1::QuarantineEntry>(store, keys::quarantine(wanted.mail), what);
  if (!entry) return entry.error();
  auto ledger = read_record<record::v1::LedgerEntry>(store, keys::ledger(mail->key()), what);
  if (!ledger) return ledger.error();
  if (!*ledger) return fail(ec::corrupt_record, "the ledger does not know " + what);
  stored_mail out{std::move(*entry), std::move(**ledger), mail->size(), nullptr};
  if (out.has_become()) return out;
  if (auto ok = check(out, model, notes, what); !ok) return ok.error();
  if (mail->chunks() == 0)
    return fail(ec::conflict, "the bytes of " + what + " were not kept; ask its sender to send " +
                                  "it again, and discard this one");
  const auto* server = model.incoming(mail->key().mailbox());
  if (mail->size() > plan::settings_of(*server).max_mail_bytes) return out;
  auto raw = read_raw(store, *mail, what);
  if (!raw) return raw.error();
  out.raw = std::move(*raw);
  return out;
}

mail_item to_item(const record::v1::MailKey& key, std::shared_ptr<const std::string> raw,
                  uint64_t size, const config::v1::IncomingServer& server, time_point now,
                  crash_notes& notes, bool accept) {
  const auto max_bytes = plan::settings_of(server).max_mail_bytes;
  channels::listed_mail listed;
  listed.uid = key.uid();
  listed.uidl = key.uidl();
  listed.size = size;
  if (raw && size <= max_bytes) {
    plan::item_rules rules;
    rules.box = key;
    rules.now = now;
    rules.notes = &notes;
    rules.server = &server;
    rules.accept = accept;
    return plan::to_item({listed, std::move(raw)}, rules);
  }
  mail_item item;
  item.what = mail_item::kind::quarantine;
  item.reason = to_string(ec::mail_too_large);
  item.detail = std::to_string(size) + " bytes, the limit is " + std::to_string(max_bytes);
  item.key = key;
  item.listed = listed;
  item.seen_at = now;
  return item;
}

std::shared_ptr<mail_batch> to_batch(stored_mail mail, const reprocess_mail& wanted,
                                     std::shared_ptr<const partitions::partition_model> model,
                                     time_point now, crash_notes& notes) {
  const auto& key = mail.ledger.key();
  auto item =
      to_item(key, mail.raw, mail.size, *model->incoming(key.mailbox()), now, notes, wanted.accept);
  item.stored = wanted.mail;
  item.accepted = wanted.accept;
  auto batch = std::make_shared<mail_batch>();
  batch->mailbox = mailbox_id{key.mailbox()};
  batch->model = std::move(model);
  batch->items.push_back(std::move(item));
  batch->again = std::make_shared<const decided_again>(
      decided_again{wanted, std::move(mail.entry), std::move(mail.ledger)});
  return batch;
}

}  // namespace postroom::actors::reprocess

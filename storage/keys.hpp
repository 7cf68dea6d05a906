#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.hpp"
#include "storage/store.hpp"

namespace postroom::record::v1 {
class MailKey;
}

/// Every key of every unit is built here. A key is a kind byte, then fields in an encoding that
/// keeps their order: integers big-endian (signed ones with the sign bit flipped), hashes as they
/// are, strings with 0x00 escaped as 0x00 0xFF and ended by 0x00 0x00. A mail key is mailbox,
/// uid_validity, uid, uidl.
namespace postroom::storage::keys {

/// Frozen: stored on disk. Append only.
enum class kind : uint8_t {
  meta = 0x01,            ///< name -> small values (epoch, schema, next numbers)
  call = 0x10,            ///< call number -> record.v1.Call
  call_update = 0x11,     ///< call number, sequence -> record.v1.CallUpdate
  safe_html = 0x12,       ///< mail id -> the HTML of the mail, safe to show
  message = 0x13,         ///< SHA-256 of a Message-ID -> record.v1.MessageRef
  open_call_of = 0x14,    ///< person id, call number -> empty: theirs as User or Logging Analyst
  ledger = 0x20,          ///< mail key -> record.v1.LedgerEntry
  mailbox = 0x21,         ///< mailbox -> record.v1.MailboxState
  pending_action = 0x22,  ///< mail key -> empty: committed, the server is not told yet
  dedupe = 0x30,          ///< 32 bytes of hash -> record.v1.MailKey of the first copy
  copy = 0x31,     ///< mail key of the first copy, of another -> record.v1.MailKey of the latter
  mail = 0x40,     ///< mail id -> record.v1.Mail
  raw = 0x41,      ///< mail id, chunk number -> bytes
  staging = 0x42,  ///< mail id -> empty: its raw bytes are being staged, no commit names them yet
  outbox = 0x50,   ///< outbox id -> record.v1.OutboxEntry
  outbox_due = 0x51,  ///< due time in ms, outbox id -> empty; only for entries that are not settled
  outbox_of_call = 0x52,  ///< call number, outbox id -> empty
  outbox_dead = 0x53,     ///< outbox id -> empty: settled, and somebody did not get it
  outbox_report =
      0x54,           ///< outbox id, recipient's place -> record.v1.OutboxRecipient: what came back
  quarantine = 0x60,  ///< mail id -> record.v1.QuarantineEntry
  probe = 0x61,       ///< random id -> record.v1.Probe: a mail of ours that becomes no call
  rule_hits = 0x62,   ///< name of a routing rule -> record.v1.RuleHits
  person = 0x70,      ///< directory: person id -> record.v1.Person
  settings = 0x80,    ///< settings: version -> config.v1.Settings
  settings_version = 0x81,  ///< settings: version -> record.v1.SettingsVersion
  audit = 0x90,             ///< time in ms, sequence -> record.v1.AuditEntry; from before the chain
  audit_chain = 0x91,       ///< sequence -> record.v1.AuditEntry
  access_principal = 0xA0,  ///< access: name -> record.v1.AccessPrincipal
  access_role = 0xA1,       ///< access: name -> record.v1.AccessRole
  access_token = 0xA2,      ///< access: token id -> record.v1.AccessToken
  secret = 0xB0,            ///< secrets: partition, name -> record.v1.Secret
};

std::string meta(std::string_view name);
std::string call(call_number n);
std::string call_update(call_number n, uint32_t sequence);
std::string safe_html(mail_id id);
/// `message_id` without <>, of any length.
std::string message(std::string_view message_id);
std::string open_call_of(person_id person, call_number n);
std::string ledger(const record::v1::MailKey& key);
std::string mailbox(const mailbox_id& box);
std::string pending_action(const record::v1::MailKey& key);
std::string dedupe(std::string_view hash);
std::string copy(const record::v1::MailKey& first, const record::v1::MailKey& later);
std::string mail(mail_id id);
std::string raw(mail_id id, uint32_t chunk);
std::string staging(mail_id id);
std::string outbox(uint64_t id);
std::string outbox_due(int64_t due_ms, uint64_t id);
std::string outbox_of_call(call_number n, uint64_t id);
std::string outbox_dead(uint64_t id);
std::string outbox_report(uint64_t id, uint32_t recipient);
std::string quarantine(mail_id id);
std::string probe(std::string_view id);
std::string rule_hits(std::string_view rule);
std::string person(person_id id);
std::string settings(uint64_t version);
std::string settings_version(uint64_t version);
std::string audit(int64_t at_ms, uint64_t sequence);
std::string audit_chain(uint64_t sequence);
std::string access_principal(std::string_view name);
std::string access_role(std::string_view name);
std::string access_token(std::string_view id);
std::string secret(std::string_view partition, std::string_view name);

/// All keys of one kind.
key_range all_of(kind k);
/// All ledger entries (pending actions) of one mailbox.
key_range ledger_of(const mailbox_id& box);
key_range pending_of(const mailbox_id& box);
key_range copies_of(const record::v1::MailKey& first);
/// The raw chunks of this mail and of every later one.
key_range raw_from(mail_id id);
key_range raw_of(mail_id id);
key_range outbox_of(call_number n);
key_range updates_of(call_number n);
key_range open_calls_of(person_id person);
key_range outbox_reports_of(uint64_t id);
/// Due no later than `due_ms`.
key_range outbox_due_until(int64_t due_ms);

/// The trailing big-endian integer of a key (outbox_due, outbox_of_call, call, open_call_of, mail,
/// quarantine, person, settings, settings_version, audit, audit_chain). 0 for anything shorter than
/// eight bytes.
uint64_t trailing_u64(std::string_view key);
/// The mail key in a pending_action key; nothing when it is none.
std::optional<record::v1::MailKey> parse_pending(std::string_view key);
/// Partition and name in a secret key; nothing when it is none.
std::optional<std::pair<std::string, std::string>> parse_secret(std::string_view key);
/// The time in an outbox_due key, in ms.
int64_t due_of(std::string_view key);

}  // namespace postroom::storage::keys

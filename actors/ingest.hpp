#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "mail/reply_tag.hpp"
#include "partitions/handling.hpp"
#include "storage/store.hpp"

/// What the call factory does on a pool thread: look up, decide, commit. Blocking; no actor and no
/// CAF in here.
namespace postroom::actors::ingest {

/// The partition's running numbers; stored with every commit that uses one.
struct counters {
  uint64_t next_call = 1;
  uint64_t next_mail = 1;
  uint64_t next_outbox = 1;
};

/// What proves that a mail answers one of ours, and marks ours. Made once in a partition's life.
struct partition_keys {
  mail::reply_tags tags;
  std::string loop_mark;  ///< X-Postroom-Loop; tells nothing of the key
};
using keys_ptr = std::shared_ptr<const partition_keys>;

/// Made of at least 16 random bytes. Errors: corrupt_record (they are too few).
result<keys_ptr> make_keys(std::string key);
/// Null: none were made yet.
result<keys_ptr> read_keys(const storage::unit_store& store);

struct loaded {
  counters numbers;
  keys_ptr keys;
};
/// Reads the numbers and the keys, which it makes when there are none, clears away what a crash
/// left of mails that were staged but never committed, and indexes the calls of an older store.
result<loaded> load(storage::unit_store& store, epoch owner, const random_fn& random);

/// Gives the id `numbers.next_mail` away for a mail that is staged: stored before it is used, so
/// that no later life of the factory gives it to another mail.
result<void> reserve(storage::unit_store& store, epoch owner, const counters& numbers);

/// What is known of one mail before it is decided.
struct known {
  bool has_outcome = false;  ///< its ledger entry exists: a repeated hand-over
  mail_id kept;              ///< has_outcome: the id its raw bytes are kept under; 0: none are kept
  std::optional<record::v1::MailKey> duplicate_of;  ///< the same content was taken before
  std::optional<record::v1::Probe> probe;           ///< it is a probe of ours, on its way
  std::optional<record::v1::OutboxEntry> reported;  ///< notice: the mail of ours that it is about
  std::optional<partitions::handling> handled;      ///< what lists and rules say of it
  /// Kind call, with a keyword in its subject: see `partitions::find_command`.
  std::optional<std::string> answers;
};

struct looked_up {
  std::vector<std::vector<known>> mails;  ///< per batch, per item
  std::map<std::string, record::v1::MailboxState> boxes;
  std::set<uint64_t> persons;  ///< whom the calls name that mails may belong to
};

/// For whom mail commands log calls, by their folded address.
using command_users_map = std::map<std::string, partitions::sender_resolution>;

class guards;

using batches = std::vector<std::shared_ptr<const mail_batch>>;

/// Reads what is known of each mail, and tries lists and rules on it. `boxes` already holds the
/// states the caller knows. A server that `model` does not have goes by its batch's model.
result<looked_up> look_up(const storage::unit_store& store, const batches& taken,
                          std::map<std::string, record::v1::MailboxState> boxes,
                          const partitions::partition_model& model, const partition_keys& keys);

/// What lists and rules make of a mail; nothing: it is refused before they are asked.
std::optional<partitions::handling> handle(const partitions::partition_model& model,
                                           const config::v1::IncomingServer& server,
                                           const mail_item& item);

/// Everything one commit is made of.
struct round {
  context_ptr context;
  std::shared_ptr<const partitions::partition_model> model;
  batches taken;
  looked_up found;
  people_resolved people;  ///< one resolution per mail that `needs_sender`, in order
  command_users_map command_users;
  counters numbers;
  keys_ptr keys;
  std::shared_ptr<guards> limits;  ///< the factory's
};

/// For whom permitted `log` commands of the round want calls: to be resolved before the decision.
/// The key names the mail, as in `sender`.
std::vector<partitions::sender> command_senders(const round& r);

/// The addresses that notices of these mails call unreachable.
std::vector<record::v1::AddressMark> addresses_to_mark(const batches& taken, const looked_up& found,
                                                       time_point now);

/// Whether the sender of this mail has to be resolved.
bool needs_sender(const mail_item& item, const known& k);

/// The records of a mail that was decided anew, as they are on disk now.
struct again_result {
  record::v1::LedgerEntry ledger;
  std::optional<record::v1::QuarantineEntry> quarantined;  ///< nothing: it was never there
};

/// What the limits did in a round.
struct limited {
  uint64_t left_out = 0;             ///< mails that would have gone out
  uint64_t flood_mails = 0;          ///< that came to a call for that alone
  std::vector<call_number> began{};  ///< floods, by the call that they come to
};

struct round_result {
  counters numbers;
  std::map<std::string, record::v1::MailboxState> boxes;
  uint64_t outbox_entries = 0;
  std::map<std::string, uint64_t> outcomes;  ///< by name, of this round's new mails
  limited limits;
  std::optional<again_result> again;  ///< what a mail that was decided anew became
};

/// Decides every mail and commits all outcomes at once. A mail that makes its rules throw twice is
/// quarantined.
result<round_result> decide_and_commit(storage::unit_store& store, epoch owner, const round& r);

/// The name under which an outcome is counted: "logged", "suppressed:duplicate".
std::string outcome_name(record::v1::Outcome outcome, const std::string& reason);

/// A name for a mail key in logs and notes: no content, no address.
std::string render_key(const record::v1::MailKey& key);

inline constexpr std::size_t chunk_bytes = 1u << 20;  ///< of raw mail per stored value

}  // namespace postroom::actors::ingest

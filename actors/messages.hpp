#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "channels/inbound.hpp"
#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "partitions/call_change.hpp"
#include "partitions/changes.hpp"
#include "partitions/edits.hpp"
#include "partitions/model.hpp"
#include "partitions/people.hpp"
#include "partitions/validate.hpp"
#include "postroom/record/v1/record.pb.h"

/// What actors tell each other. All of it stays inside one process: nothing here is ever
/// serialised.
namespace postroom::actors {

/// Work that comes back to an actor from a pool thread, the event loop or a timer, and runs as one
/// of its handlers. It is dropped when the actor is gone, so it may hold the actor's state.
struct completion {
  std::shared_ptr<std::function<void()>> run;
};

/// What the partition's virus scanner said of a mail.
struct scan_result {
  enum class state { not_asked, clean, infected, unscanned };
  state what = state::not_asked;
  std::string detail;  ///< infected: the signature; unscanned: why
};

/// One mail on its way to the call factory, or one that becomes no call but still needs its
/// outcome.
struct mail_item {
  /// notice: a report or an automatic answer, which goes to the call it speaks of and becomes none.
  enum class kind { call, notice, quarantine, suppress };
  kind what = kind::call;
  std::string reason;  ///< quarantine and suppress: the part after the colon in the ledger
  std::string detail;
  record::v1::MailKey key;
  channels::listed_mail listed;
  std::shared_ptr<const std::string> raw;           ///< null: nothing to keep, or staged
  std::shared_ptr<const mail::parsed_mail> parsed;  ///< null: nobody could read it, or did
  mail::trust_verdict trust;                        ///< where it was: whether From is the sender's
  scan_result scan;
  std::string content_hash;  ///< finds a second copy; empty: not looked for
  mail_id staged;            ///< not 0: the raw bytes are staged under this id already
  uint64_t staged_size = 0;
  uint32_t staged_chunks = 0;
  mail_id stored;  ///< not 0: decided anew, or tried; its raw bytes lie under this id for long
  bool accepted = false;  ///< decided anew, in spite of what refuses it
  time_point seen_at{};
  [[nodiscard]] uint64_t bytes() const { return raw ? raw->size() : staged_size; }
  /// What nobody has read stays on the server as it is.
  [[nodiscard]] bool was_read() const { return raw || staged.value != 0 || stored.value != 0; }
};

/// A person wants a mail that was quarantined or suppressed decided anew, by the rules of now.
struct reprocess_mail {
  partition_id partition;
  mail_id mail;
  std::string who;
  std::string reason;
  std::string from = {};  ///< address of who asks
  bool accept = false;    ///< in spite of what refuses it
};

/// Who wants a mail decided anew and why, and how it stood before.
struct decided_again {
  reprocess_mail wanted;
  std::optional<record::v1::QuarantineEntry> quarantined;  ///< nothing: it was never there
  record::v1::LedgerEntry ledger;
};

/// Mails of one mailbox in the order of the server, and where its cursor stands after them.
struct mail_batch {
  mailbox_id mailbox;
  std::shared_ptr<const partitions::partition_model>
      model;  ///< the poller's; used once the server is configured away
  std::vector<mail_item> items;
  record::v1::MailboxState cursor;  ///< all but `outcomes`, which the factory counts
  bool remember_action = false;     ///< something is to be done on the server after the commit
  std::shared_ptr<const decided_again> again;  ///< one mail, stored before: no cursor moves
};
struct take_mails {
  std::shared_ptr<const mail_batch> batch;
};
/// Every mail of the batch is on disk.
struct mails_taken {
  std::size_t count = 0;
};

/// Asks for an id under which pieces of a large mail may be staged.
struct reserve_mail {};
struct mail_reserved {
  mail_id id;
};

/// New rules from now on.
struct use_model {
  std::shared_ptr<const partitions::partition_model> model;
};

/// Who sent these mails; creates unknown people and switches User flags on, durably, before it
/// answers.
struct resolve_people {
  struct entry {
    partitions::sender from;
    bool wrote = false;  ///< a mail came from the address, so it can be reached
  };
  partition_id partition;
  std::vector<entry> senders;
  std::vector<std::string> analysts;  ///< addresses of analysts to look up in the partition
  std::vector<record::v1::AddressMark> marks;  ///< addresses that mails came back from
  std::set<uint64_t> persons;                  ///< whose records are wanted, of whatever partition
  /// Not null: a dry run. Nobody is created or changed, and the partition's people are as if this
  /// were its configuration.
  std::shared_ptr<const partitions::partition_model> as_if;
  /// In a dry run for who may not know of others: as if there were only this partition's people.
  bool own_only = false;
};
struct resolve_request {
  std::shared_ptr<const resolve_people> ask;
};
struct people_resolved {
  std::shared_ptr<const std::vector<partitions::sender_resolution>> senders;
  std::shared_ptr<const std::map<std::string, record::v1::Person>> analysts;
  std::shared_ptr<const std::map<uint64_t, record::v1::Person>> persons =
      std::make_shared<std::map<uint64_t, record::v1::Person>>();
};

/// Which of these addresses nothing reaches any more, as mails that came back to the partition say.
struct marks_request {
  partition_id partition;
  std::shared_ptr<const std::vector<std::string>> addresses;  ///< as fold_address gives them
};
struct marks_found {
  std::shared_ptr<const std::map<std::string, record::v1::AddressMark>> marks;  ///< by address
};

/// Makes the directory hold the people of a partition's configuration.
struct sync_people {
  std::shared_ptr<const partitions::partition_model> model;
};
struct done_message {};

/// What somebody wants to be of a person whom a mail created.
struct change_person {
  partition_id partition;
  person_id person;
  uint64_t revision = 0;                 ///< of the record when it was read
  std::optional<config::v1::Person> to;  ///< neither analyst nor template; nothing: switched off
  std::string who;
  std::string reason;
  std::string from;  ///< address of who asks
};
struct person_request {
  std::shared_ptr<const change_person> change;
};
/// The person as it is on disk now.
struct person_changed {
  std::shared_ptr<const record::v1::Person> person;
};

struct settings_document {
  uint64_t version = 0;
  config::v1::Settings settings;
};
/// Merges, checks and stores a change of the configuration: all of it or nothing.
struct change_settings {
  /// Takes what an old version says instead of `partitions` and `general`.
  struct roll_back {
    uint64_t version = 0;
    std::string partition;  ///< empty: everything
  };
  std::vector<config::v1::Partition> partitions;
  std::optional<config::v1::General> general;
  bool prune = false;
  std::optional<roll_back> back;
  /// Changes one object instead; refused when `revision` is not the object's now. 0: not checked.
  std::shared_ptr<const partitions::edit> edit;
  uint64_t revision = 0;
  /// Made by somebody who may not set up the servers of all partitions: what belongs to the
  /// machine is out of reach, see partitions/operator_only.hpp.
  bool limited = false;
  bool dry_run = false;  ///< finds problems and changes, changes nothing
  std::string who;
  std::string reason;             ///< must not be blank for a roll-back
  std::string from;               ///< address of who asks
  std::string partition;          ///< the only one that is changed; empty: there may be more
  uint64_t expected_version = 0;  ///< refused when another one is current; 0: not checked
};
struct change_request {
  std::shared_ptr<const change_settings> change;
};
struct settings_changed {
  std::vector<partitions::problem> problems;  ///< any: nothing was changed
  std::shared_ptr<const settings_document> now;
  std::shared_ptr<const partitions::change_list> changes;  ///< null: there are none
  std::vector<std::string> changed;  ///< a new version: the same in lines, for people
  bool unchanged = false;            ///< there was nothing to change, and no version was made
  uint64_t revision = 0;             ///< of the object of an edit as it is now
};
struct change_applied {
  std::vector<partitions::problem> problems;
  uint64_t version = 0;
  std::vector<std::string> changed;
  std::shared_ptr<const partitions::change_list> changes;  ///< as in settings_changed
  bool unchanged = false;
  uint64_t revision = 0;
};

/// What a person wants done with one entry of the outbox. Nothing of it happens while the entry is
/// being sent.
struct change_outbox {
  enum class kind { retry, cancel };
  partition_id partition;
  uint64_t entry = 0;
  kind what = kind::retry;
  std::string who;
  std::string reason;  ///< cancel; retry: when reasons are demanded
  std::string from;    ///< address of who asks
};
struct outbox_request {
  std::shared_ptr<const change_outbox> change;
};
/// The entry as it is on disk now.
struct outbox_changed {
  std::shared_ptr<const record::v1::OutboxEntry> entry;
};

/// A person has dealt with a mail in the quarantine.
struct discard_mail {
  partition_id partition;
  mail_id mail;
  std::string who;
  std::string reason;
  std::string from = {};  ///< address of who asks
};
struct discard_request {
  std::shared_ptr<const discard_mail> discard;
};
/// The entry as it is on disk now.
struct mail_discarded {
  std::shared_ptr<const record::v1::QuarantineEntry> entry;
};

/// What a person wants changed of a call, not by mail.
struct change_call {
  partition_id partition;
  call_number call;
  partitions::call_change to;  ///< with who and why
  std::string from = {};       ///< address of who asks
};
struct change_call_request {
  std::shared_ptr<const change_call> change;
};
/// The call as it is on disk now, and what was added to it; null: there was nothing to change.
struct call_changed {
  std::shared_ptr<const record::v1::Call> call;
  std::shared_ptr<const record::v1::CallUpdate> update;
};

/// A stored secret of this partition has another value: servers that use it must start anew.
struct secret_changed {
  partition_id partition;
};

struct reprocess_request {
  std::shared_ptr<const reprocess_mail> reprocess;
};
/// What is on disk now. A mail that became something before is answered in the same way.
struct mail_reprocessed {
  std::shared_ptr<const record::v1::QuarantineEntry> entry;  ///< null: it was never there
  std::shared_ptr<const record::v1::LedgerEntry> ledger;
};

/// A marked mail is about to be sent: until `expires` it becomes no call of this partition.
struct open_probe {
  partition_id partition;
  std::string id;          ///< random, 32 hex digits
  std::string message_id;  ///< the mark counts only in this mail
  time_point expires;
};
/// Answered with done_message when it is on disk.
struct probe_request {
  std::shared_ptr<const open_probe> probe;
};

/// A child has done its job for the first time since it started.
struct child_healthy {
  std::string name;
  uint64_t generation = 0;
};

}  // namespace postroom::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::completion)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::take_mails)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::mails_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::reserve_mail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::mail_reserved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::use_model)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::resolve_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::people_resolved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::marks_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::marks_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::sync_people)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::done_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::person_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::person_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::change_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::settings_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::change_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::child_healthy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::outbox_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::outbox_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::discard_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::mail_discarded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::change_call_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::call_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::secret_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::reprocess_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::mail_reprocessed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(postroom::actors::probe_request)

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "base/crash_notes.hpp"
#include "channels/inbound.hpp"
#include "partitions/mailbox_place.hpp"
#include "partitions/model.hpp"
#include "storage/store.hpp"

/// What a poller works by, apart from its state machine: settings, the ledger's answer to a
/// listing, and how a fetched mail becomes an item for the call factory. No CAF in here.
namespace postroom::actors::plan {

/// How a mailbox tells its mails apart and what is new, by protocol.
enum class addressing {
  uid,       ///< IMAP: by UID, and what is new lies above the last one
  session,   ///< POP3: all are listed in each session, and removals take effect at its end
  position,  ///< Graph, EWS: the server remembers how far a listing came
};

/// One incoming server's settings with all defaults filled in.
struct settings {
  std::string protocol = "IMAP";
  record::v1::MailboxPlace place;
  plan::addressing addressing = plan::addressing::uid;
  partitions::start_from start;
  channels::after_commit action = channels::after_commit::leave;
  std::string move_to;
  duration poll_interval{60'000};
  uint64_t max_mail_bytes = 64u << 20;
  std::size_t window_count = 512;
  uint64_t window_bytes = 8u << 20;
  std::size_t max_messages_per_session = 0;  ///< 0: no limit
};
settings settings_of(const config::v1::IncomingServer& server);

/// The protocol that a mailbox was last read by.
std::string protocol_of(const record::v1::MailboxState& cursor);

/// What of a mailbox is another one than when it was last read.
enum class change {
  none,
  protocol,  ///< the same mails under other names
  service,   ///< it has moved: the same mails, perhaps under other names
  mailbox,   ///< another account or folder: other mails
};
/// `told`: the UIDVALIDITY now. One that is a time of creation, as RFC 9051 2.3.1.1 advises, no
/// other mailbox has by chance: then a host has got another name and nothing else.
change change_since(const settings& s, const record::v1::MailboxState& cursor, uint64_t told);

/// The UIDVALIDITY that names of mails are kept under, of the one that the server tells. A mailbox
/// that is found `elsewhere` may have the same one, and the same names, by chance; positions are of
/// services whose names are unique.
uint64_t validity_of(const settings& s, const record::v1::MailboxState& cursor, uint64_t told,
                     bool elsewhere = false);

/// The baseline of a mailbox that begins now.
int64_t baseline_of(time_point now);

/// Whose word about a sender, or about spam, counts in mails of this server.
mail::trust_settings trust_of(const config::v1::IncomingServer& server);

/// Whether a listed mail is from before the mailbox's start, as far as the listing tells. It is not
/// even fetched then.
bool before_start(const settings& s, const record::v1::MailboxState& cursor,
                  const channels::listed_mail& mail);

/// POP3 tells no date of arrival: a mail that is dated, by its Date header, before this one is from
/// before the mailbox's start. None: no mail is told by its date.
std::optional<time_point> not_before(const settings& s, const record::v1::MailboxState& cursor);

inline constexpr std::size_t page_size = 1000;  ///< mails per listing

/// A mail of a listing, held against the ledger.
struct listed {
  channels::listed_mail mail;
  bool has_outcome = false;
  bool action_pending = false;  ///< it is on disk, but the server was not told
};
/// Blocking. `box` gives mailbox and UIDVALIDITY.
result<std::vector<listed>> filter(const storage::unit_store& store, const record::v1::MailKey& box,
                                   const std::vector<channels::listed_mail>& mails);

/// The mails of this UIDVALIDITY that are on disk while the server may not know. Blocking. At most
/// 10,000; not for POP3.
result<std::vector<channels::listed_mail>> pending_actions(const storage::unit_store& store,
                                                           const record::v1::MailKey& box);

/// The key of a listed mail of this mailbox.
record::v1::MailKey key_of(const record::v1::MailKey& box, const channels::listed_mail& mail);

/// What tells a listed mail from the others of its mailbox.
std::string name_of(const channels::listed_mail& mail);

/// A fetched mail, or why there is none.
struct arrival {
  channels::listed_mail mail;
  result<std::shared_ptr<const std::string>> got;
};
/// Where the event loop leaves arrivals for the poller, so that one message fetches many.
struct arrivals {
  std::mutex mutex;
  std::vector<arrival> waiting;
};

/// What turning arrivals into items depends on.
struct item_rules {
  record::v1::MailKey box;
  std::optional<time_point>
      not_before;  ///< by the Date header: mails of an earlier date become no call
  time_point now;
  crash_notes* notes = nullptr;
  /// Whose settings hold; null: the defaults.
  const config::v1::IncomingServer* server = nullptr;
  std::shared_ptr<const partitions::partition_model> model;  ///< keeps `server` alive
  bool accept = false;  ///< a person wants it to be a call, whatever its verdict
};
/// Parses; CPU-bound, for the parse pool. A mail that makes the parser throw twice is quarantined;
/// so is one that no call can be made of. The arrival must hold bytes.
mail_item to_item(const arrival& a, const item_rules& rules);

}  // namespace postroom::actors::plan

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/call_book.hpp"
#include "actors/ingest.hpp"
#include "actors/ingest_guards.hpp"

/// What a mail becomes, for the call factory and for a dry run alike. Reads calls, writes nothing;
/// no CAF.
namespace postroom::actors::ingest {

/// The ledger entry of a mail but for its call and its stored bytes: suppressed and quarantined
/// with their reasons, else logged, which `decide` may still change. Pure.
record::v1::LedgerEntry judge(const mail_item& item, const known& k, time_point now);

/// All that decides what becomes of a mail that `judge` calls logged, or that rules refuse.
struct decision_input {
  const partitions::partition_model& model;
  const config::v1::IncomingServer& server;
  const mail_item& item;
  const known& found;
  const partitions::sender_resolution* who;                   ///< null: of a notice, or refused
  const std::map<std::string, record::v1::Person>& analysts;  ///< by address
  const std::map<uint64_t, record::v1::Person>& persons;      ///< of the calls that mails name
  const command_users_map& command_users;                     ///< for whom commands log calls
  call_number number;                                         ///< of a new call
  mail_id raw;
  time_point now;
  std::string id_token;  ///< random: makes the Message-ID of an answer unique
  const partition_keys& keys;
  call_book& book;
  guards* limits = nullptr;                         ///< null: a dry run, which counts nothing
  const record::v1::LedgerEntry* before = nullptr;  ///< decided anew: what it was
  // Found by `decide`.
  std::string sender = {};  ///< the author's address, folded
  bool silent = false;      ///< nothing is answered: the sender may be forged
  bool unproved = false;    ///< a command that is not done, as nothing proves who wrote
  /// Why a keyword in the subject counts for nothing, one sentence; empty: there is none.
  std::string no_command = {};
};

struct decision {
  record::v1::LedgerEntry entry;  ///< outcome, reason, notes, call and update
  bool is_new = false;            ///< `call` was not there before
  std::optional<record::v1::Call> call;
  std::optional<record::v1::CallUpdate> update;
  std::vector<record::v1::OutboxEntry> mails;  ///< to be sent; without ids
  /// What came back about a mail of ours, `entry.outbox`, by the recipient's place.
  std::map<uint32_t, record::v1::OutboxRecipient> reports;
  uint64_t left_out = 0;      ///< mails that would have gone out but for a limit
  bool flood_begins = false;  ///< it is the first of very many mails
};

/// One that is refused stays so, and is sent on where rules say it. Errors: of the book.
result<decision> decide(record::v1::LedgerEntry judged, const decision_input& in);

}  // namespace postroom::actors::ingest

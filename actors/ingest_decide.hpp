#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/ingest.hpp"

/// What a mail becomes, for the call factory and for a dry run alike. Pure; no store, no CAF.
namespace postroom::actors::ingest {

/// The ledger entry of a mail but for its call and its stored bytes: suppressed and quarantined
/// with their reasons, else logged.
record::v1::LedgerEntry judge(const mail_item& item, const known& k, time_point now);

/// All that decides the call of a mail that `judge` calls logged.
struct decision_input {
  const partitions::partition_model& model;
  const config::v1::IncomingServer& server;
  const mail_item& item;
  const partitions::sender_resolution& who;
  const std::map<std::string, record::v1::Person>& analysts;  ///< by address
  call_number number;
  mail_id raw;
  time_point now;
  std::string id_token;  ///< random: makes the acknowledgement's Message-ID unique
};

struct decision {
  record::v1::Call call;
  std::optional<record::v1::OutboxEntry> answer;  ///< the acknowledgement, but for its id
};

decision decide(const decision_input& in);

}  // namespace postroom::actors::ingest

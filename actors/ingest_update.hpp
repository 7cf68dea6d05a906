#pragma once

#include "actors/ingest_decide.hpp"
#include "partitions/follow_up.hpp"

/// Mails that come to a call which is there already.
namespace postroom::actors::ingest {

/// One more mail of a flood: counted and kept. Staff are told of the first, nobody of the others.
/// `evidence`: of a reply, why it belongs to the call; else empty.
decision add_to_flood(record::v1::LedgerEntry entry, const decision_input& in,
                      const record::v1::Call& call, const partitions::flood& flood,
                      const std::string& evidence);

/// What a mail adds to `call`, which counts it; but for what its kind brings.
record::v1::CallUpdate next_update(record::v1::Call& call, record::v1::CallUpdate::Kind kind,
                                   const decision_input& in);

/// What scanning and a keyword without a right leave to say, and what routing rules say of a mail
/// that is no new call: their template and the like are for new ones.
void note_handling(record::v1::Call& call, record::v1::CallUpdate& update,
                   const decision_input& in);

/// What routing rules say of a mail that has no call or update to note it in.
void note_rules(record::v1::LedgerEntry& entry, const decision_input& in);

/// A reply: `belongs` names the call. A closed one is opened again when it says so.
decision update_call(record::v1::LedgerEntry entry, const decision_input& in,
                     const partitions::follow_up& belongs);

}  // namespace postroom::actors::ingest

#pragma once

#include "actors/ingest_decide.hpp"
#include "partitions/follow_up.hpp"

/// Reports about the delivery of our mails, and automatic answers to them.
namespace postroom::actors::ingest {

/// Adds it to the mail of ours that it speaks of and to that one's call; to none when there is
/// none. A closed call stays closed, and nobody is answered. Errors: of the book.
result<decision> decide_notice(record::v1::LedgerEntry entry, const decision_input& in,
                               const partitions::follow_up& belongs);

/// Of the addresses that the mail was sent to those that the report calls unreachable, and those
/// whose reader complains.
std::vector<record::v1::AddressMark> addresses_to_mark(const record::v1::OutboxEntry& sent,
                                                       const mail::parsed_mail& notice,
                                                       time_point now);

}  // namespace postroom::actors::ingest

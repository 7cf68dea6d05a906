#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/cli.hpp"
#include "postroom/record/v1/record.pb.h"

/// How values look to a person.
namespace postroom::app {

/// "2026-11-23 14:05:09Z"; "-" for 0.
std::string show_time(int64_t ms);
/// "12 B", "3.4 KiB", "50.0 MiB".
std::string show_size(uint64_t bytes);
/// "logged", "suppressed:duplicate": the names of the ledger's counters.
std::string show_outcome(const record::v1::LedgerEntry& entry);
/// "uid 12" or the UIDL.
std::string show_key(const record::v1::MailKey& key);
/// "Ann Lee <ann@example.org>".
std::string show_person(const record::v1::PersonRef& person);
/// "IT-000123"; "-" for no call.
std::string show_call(const std::string& partition, uint64_t number);

/// "IT/12": an entry of the outbox or the quarantine, as the commands take it.
std::string show_id(const std::string& partition, uint64_t id);
/// "new", "waiting", "sent", "sent, then failed 5.1.1", "dead" or "cancelled".
std::string show_state(const record::v1::OutboxRecipient& recipient);
/// "cancelled by ann: wrong address"; empty when nobody did anything.
std::string show_last_action(const record::v1::OutboxEntry& entry);

/// "IT-000123" or "suppressed": what a mail of the quarantine became; empty while it is there.
std::string show_became(const std::string& partition, const record::v1::QuarantineEntry& entry);

/// Prints "  label  value" lines with aligned values; empty values are left out. Values are made
/// printable.
void print_facts(terminal& term, const std::vector<std::pair<std::string, std::string>>& facts);
/// A heading in bold on a line of its own.
void print_heading(terminal& term, const std::string& text);

}  // namespace postroom::app

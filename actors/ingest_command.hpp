#pragma once

#include <map>
#include <string>

#include "actors/ingest_decide.hpp"
#include "partitions/mail_command.hpp"

/// What analysts do by mail.
namespace postroom::actors::ingest {

/// For whom a mail that is a permitted `log` command wants a call; empty: for its sender, or it is
/// none.
std::string logs_for(const partitions::partition_model& model, const mail_item& item,
                     const known& found, const partitions::sender_resolution& who);

/// Does what the command asks for, and answers. Outcome: `command`. Errors: of the book.
result<decision> do_command(record::v1::LedgerEntry entry, const decision_input& in,
                            const partitions::mail_command& command);

}  // namespace postroom::actors::ingest

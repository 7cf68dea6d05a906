#pragma once

#include <string>

#include "postroom/record/v1/record.pb.h"

/// The sentences of `explain`.
namespace postroom::app {

/// "UID 7 of UIDVALIDITY 1" or "UIDL x".
std::string words_of_place(const record::v1::MailKey& key);

/// Whether the sender is proved; `sender` is the address in From, blank: not known.
std::string words_of_trust(record::v1::SenderTrust trust, const std::string& sender);

/// What became of a mail to one recipient.
std::string words_of_sending(const record::v1::OutboxEntry& mail,
                             const record::v1::OutboxRecipient& to);

}  // namespace postroom::app

#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "mail/mail.hpp"
#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// What an outbox entry looks like on the wire.
namespace postroom::actors::outbox {

/// Of a mail that is sent on as an attachment, in bytes: what mail servers take, with base64
/// around.
inline constexpr std::size_t max_forwarded = 25u << 20;

/// What an entry's `attached_mail` is, before its bytes are read.
struct attached_mail {
  record::v1::Mail mail;    ///< id 0: nothing is attached
  std::string not_sent_as;  ///< why it is not attached, for the reader; blank: it is
  /// Bytes that it has within the message.
  [[nodiscard]] std::size_t encoded_size() const;
};

/// Blocks on the store. A mail that is not there, or larger than `max_forwarded`, is named in the
/// text instead. Errors: those of the store.
result<attached_mail> find_attached(const storage::unit_store& store,
                                    const record::v1::OutboxEntry& entry);

/// The message with CR LF line ends; the same entry always gives the same. Blocks on the store
/// where a mail is attached. Errors: those of the store.
result<std::string> render(const storage::unit_store& store, const record::v1::OutboxEntry& entry,
                           const config::v1::OutgoingServer& server, attached_mail attached);

}  // namespace postroom::actors::outbox

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "channels/outbound.hpp"
#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// The outbox as the sender uses it. Blocking reads run on a pool thread; the rest is pure. No CAF
/// in here.
namespace postroom::actors::outbox {

/// An entry that is due, with the mail to send.
struct due_mail {
  record::v1::OutboxEntry entry;
  std::shared_ptr<const std::string> message;  ///< rendered, CRLF
};

struct due_page {
  std::vector<due_mail> mails;
  int64_t next_due_at = 0;      ///< of the first entry behind those looked at; 0: none
  bool waits_for_room = false;  ///< some of those looked at are left out, as `room` was used up
};

/// Bytes of rendered mails that a sender may have in hand. One with an attachment of the largest
/// size fits in.
inline constexpr std::size_t max_bytes_in_hand = 64u << 20;

/// The entries due at `now`, oldest first, at most `max`, but for those named in `busy`. Of those
/// with attachments only as many as `room` bytes hold.
result<due_page> read_due(const storage::unit_store& store,
                          const config::v1::OutgoingServer& server, time_point now, std::size_t max,
                          const std::vector<uint64_t>& busy, std::size_t room);

struct retry_policy {
  duration first{60'000};
  duration cap{3'600'000};
  duration give_up_after{4 * 86'400'000};  ///< since the entry was made or a person had it tried
                                           ///< again: then it is a dead letter
};

/// What one answer of the server makes of an entry. `recipient` indexes entry.recipients. Pure but
/// for `random`.
void settle(record::v1::OutboxEntry& entry, int recipient, const channels::send_report& report,
            const retry_policy& policy, time_point now, const random_fn& random);

/// What a refusal of RCPT says of the address, as a report that came back would; none: nothing that
/// keeps later mails from it. Pure.
std::optional<record::v1::AddressMark> mark_of_refusal(const record::v1::OutboxRecipient& refused,
                                                       time_point now);

/// What mails that came back say of addresses, by address as fold_address gives it.
using address_marks = std::map<std::string, record::v1::AddressMark>;

/// The addresses, folded, of mails that were tried before or have waited long enough for others to
/// come back meanwhile.
std::vector<std::string> addresses_in_doubt(const std::vector<due_mail>& mails, time_point now);

/// Makes dead letters of what was written before its address was found to be gone for good, unless
/// a person had it tried again. How many recipients those are. Pure.
int give_up_unreachable(record::v1::OutboxEntry& entry, const address_marks& gone, time_point now);

/// The changes that put a new entry, which has its id, among those to be sent; by its Message-ID
/// answers to it find its call, and reports about it the entry.
void add(storage::write_batch& batch, const record::v1::OutboxEntry& entry);

/// The changes that store `after`, which was due at `due_before`.
storage::write_batch changes(const record::v1::OutboxEntry& after, int64_t due_before);

}  // namespace postroom::actors::outbox

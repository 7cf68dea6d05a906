#pragma once

#include <memory>

#include "channels/factory.hpp"

namespace postroom::channels {

/// One IMAP mailbox (RFC 9051, 3501; uses IDLE, MOVE, UIDPLUS, ESEARCH, CONDSTORE and QRESYNC where
/// offered).
///
/// What the port leaves open: `fetch` does not ask for a mail that the server calls larger than
/// max_mail_bytes, and does not keep one that is more than twice and 1 MiB larger than the server
/// had said, for callers count memory by that: both are ec::mail_too_large. A mail the server
/// refuses to hand out for no reason it names arrives as ec::server_busy: it stays there and may
/// come next time. `settle` makes the folder of a move when
/// it is missing. On a server without UIDPLUS it marks mails \Deleted and expunges only when no
/// other mail in the mailbox is marked so; else they stay marked until somebody expunges. `wait`
/// ends at once when news came since the last `list`.
///
/// `idle_again`: how long one IDLE lasts. RFC 2177 asks for less than 29 minutes; many routers
/// forget a silent connection after 10.
std::unique_ptr<inbound_channel> make_imap(event_loop& loop, inbound_settings settings,
                                           duration idle_again = std::chrono::minutes(9));

}  // namespace postroom::channels

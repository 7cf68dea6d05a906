#pragma once

#include <memory>

#include "channels/factory.hpp"

namespace postroom::channels {

/// A POP3 mailbox (RFC 1939, 2449). What differs from other inbound channels:
/// - `list` shows the mails of this session; a later session may number them anew. `fetch` and
/// `settle` therefore go by
///   listed_mail.uidl, never by the number, so a mail listed in an earlier session is found or
///   reported gone, and never taken for another one. Identical copies with one unique-id get ids of
///   their own (see pop3_listing).
/// - A server without UIDL is ec::unsupported at `open`: its mails could not be told apart across
/// sessions.
/// - A mail the server will not hand out for another reason than that it is gone arrives as
/// ec::server_busy: it stays
///   on the server and may come the next time.
/// - `fetch` never asks for a mail whose listed size is over the limit; the answer is
/// ec::mail_too_large at once.
/// - A server that refuses LIST tells no sizes: each mail is listed with the limit as its size
/// (size_is_bound), so that windows stay true.
/// - `wait` is ec::unsupported; `settle` knows leave and remove, and nothing is removed before
/// `close` succeeded.
std::unique_ptr<inbound_channel> make_pop3(event_loop& loop, inbound_settings settings);

}  // namespace postroom::channels

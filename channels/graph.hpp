#pragma once

#include <memory>

#include "channels/factory.hpp"

namespace postroom::channels {

/// A mailbox by Microsoft Graph v1.0, over HTTPS; needs Mail.Read (Mail.ReadWrite to settle). What
/// differs from other inbound channels:
/// - `server.tokens` gives the tokens; `url` is the service of this cloud, `user` the mailbox;
/// empty: that of who signed in. A refused token is reported to its source and tried once more with
/// a fresh one, then ec::auth_refused.
/// - `mailbox` is "INBOX", another well-known name as Graph writes it, a display name, or a path of
/// these ("Inbox/Sub"). A missing one is ec::mailbox_missing.
/// - listed_mail.uidl is the immutable id, which stays with a mail that is moved; `uid` is counted
/// here. A mail is listed once, however often the service names it in a round of the delta and the
/// next.
/// - Sizes are those of the stored mail, MIME text may be larger. Between the limit and its double
/// that says too little, and where the service tells none it says nothing: then `size` is the limit
/// (size_is_bound), and the mail is read to know. So windows stay true; a mailbox without sizes is
/// read one mail after the other.
/// - The position is a link of the service. A link to another scheme, host or port than those of
/// `url` is never followed: ec::protocol_violation in an answer, ec::position_lost from `resume`.
/// - 429, 503 and 504 pause the whole mailbox, also for channels made later; then ec::throttled or
/// ec::server_busy, and the channel may be asked again.
/// - `fetch` has `max_requests` mails under way, and `pipeline_bytes` in memory. A mail the service
/// itself will not hand out for its size is ec::mail_too_large, from `fetch_in_pieces` too; one it
/// fails at is ec::server_busy and stays.
/// - `settle`: remove moves to where the mailbox's own delete does (Deleted Items). A folder to
/// move to is made when missing.
/// - `wait` is ec::unsupported.
std::unique_ptr<inbound_channel> make_graph(event_loop& loop, inbound_settings settings);

}  // namespace postroom::channels

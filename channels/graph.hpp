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
/// fails at, or denies although it gave others (rights protection), is ec::server_busy and stays.
/// - `settle`: remove moves to where the mailbox's own delete does (Deleted Items). A folder to
/// move to is made when missing, also when somebody deleted it meanwhile.
/// - With `notices` and `notification_url` the mailbox is subscribed to change notifications from
/// `open` to the end of the channel, and `wait` ends with the next one; one that came since the
/// last listing began counts at once. Without a subscription (not made, or lost) `wait` ends after
/// `at_most`; the channel goes on trying for one. Else `wait` is ec::unsupported.
std::unique_ptr<inbound_channel> make_graph(event_loop& loop, inbound_settings settings);

/// Sends by Microsoft Graph v1.0, as MIME, so that the Message-ID and all else stays as written;
/// needs Mail.Send. `max_connections` mails at a time, at most 4; 1,000 wait. What differs from
/// SMTP:
/// - Graph knows no envelope: it sends to whom To, Cc and Bcc name. As each mail is to one
/// recipient, To becomes `envelope.to` alone where it does not say just that, and Cc and Bcc go. So
/// a recipient does not see the others. The null reverse-path cannot be asked for: automatic mails
/// show by their Auto-Submitted field only.
/// - With `save_to_sent` a mail of up to 3 MB is one request. Without it, Graph has no word for
/// MIME mails: then a draft is sent, and its copy in Sent Items deleted (to Deleted Items) when it
/// turns up there: 5 requests instead of one, and Mail.ReadWrite is needed. It is looked for during
/// a minute and a half, and stays should the program end meanwhile.
/// - A larger mail is a draft (Mail.ReadWrite) of its text, to which its files are attached, from 3
/// MiB on by an upload session; the text itself has to fit 3 MB. With the permission of a signed-in
/// user, Graph allows no upload sessions in shared mailboxes.
/// - A mail may be sent twice when the answer to its last request is lost, as with SMTP: once more
/// at most for each report that it failed. Of a draft it is asked whether it went out, then only
/// one the service tells nothing of may be sent twice. No request is repeated that may have been
/// carried out; so each of these has a connection of its own.
/// - Reports: `reply_code` is the status of HTTP, `reply` Graph's code and message. What Graph says
/// of recipients and contents is permanent, what it says of the sender, permissions and limits
/// concerns the server, and so does everything that keeps the request from going out. A request
/// whose end is unknown, a failure of the service, and a draft that somebody deleted meanwhile
/// concern their mail, which may be tried again.
std::unique_ptr<outbound_channel> make_graph_outbound(event_loop& loop, outbound_settings settings);

}  // namespace postroom::channels

#pragma once

#include <memory>

#include "base/backoff.hpp"
#include "channels/factory.hpp"

namespace postroom::channels {

/// The pauses of `wait` before it listens again.
struct ews_wait_pauses {
  backoff_policy stream{duration{250}, duration{10'000}};          ///< after one that broke
  backoff_policy subscription{duration{1'000}, duration{60'000}};  ///< after the second lost one
};

/// A mailbox on an Exchange server (2013 to SE) by Exchange Web Services. What differs from other
/// inbound channels:
/// - The server: `url`; else https://HOST[:PORT]/EWS/Exchange.asmx; with neither, autodiscovery
///   (POX) for the address `user`, else the login, at https://DOMAIN/autodiscover/autodiscover.xml
///   and https://autodiscover.DOMAIN/…, following at most ten redirects. Only https with a
///   certificate that holds; http only to this machine, with security::none. Autodiscovery stays
///   with hosts of DOMAIN, and shows them credentials only when they ask; an answer that leads to
///   another host, Microsoft's own too, is ec::config_invalid that names it: a person must confirm
///   it by writing it as `url`. So the password or token never goes to a host that did not prove
///   its name, nor to one that only a web site of the domain named.
/// - Sign-in: `tokens`; else the password by NTLM or Basic, as `auth_methods` say; empty: the
///   strongest of what the server offers.
/// - `mailbox`: "INBOX", or a path of folder names as people see them ("INBOX/Helpdesk",
///   "Helpdesk/New") below the top of the mailbox.
/// - `user` is another mailbox than the login's: a shared one, or acted for with `impersonate`.
/// - `list` goes by SyncFolderItems; mails are numbered in the order they are told, and no number
/// is
///   given twice in the life of the channel. A mail has a new one whenever it is told again, as all
///   are when `list` begins from 0 once more: what a mail is, uidl says. Listed are elements that
///   carry MIME: mails, reports, meeting messages; neither contacts nor appointments. `size` is the
///   server's item:Size, which differs from that of the MIME text.
/// - `fetch` and `settle` go by uidl, the ItemId. A mail that the server cannot hand out arrives as
///   ec::server_busy; it stays there and may come the next time. When a request for several fails
///   as a whole (HTTP 5xx, a SOAP fault, an answer that cannot be read), its mails are asked for
///   one by one; one that fails alone is the cause if the server still tells of its folder, else
///   the call ends. `fetch_in_pieces`: ec::mail_too_large also when it is far larger than listed.
/// - `settle`: mark_seen sends no read receipt; move makes the folder where it is missing, and
///   gives the mail another id; remove is a soft delete: out of all folders, to be brought back
///   only from "recoverable items" while the server keeps those. A mail whose id the server cannot
///   read counts as gone. No mail keeps the others of the call: who is refused for its own sake
///   (ErrorMoveCopyFailed, a corrupt one) is tried three times and then left as it is, without an
///   error, if another of the call was settled; if none was, the call ends as ec::server_busy, so
///   that nothing is given up when it is the folder that fails. A mail that makes a whole request
///   fail ends the call as ec::server_busy after the others; three such in a row end it at once.
/// - The server's pauses (BackOffMilliseconds, Retry-After) hold for all requests to the mailbox
///   with these credentials; see ews_requester.
/// - Calls are carried out one after the other; fetches in a row share their requests, and an error
///   ends all of those. After ec::cancelled the channel is of no more use.
/// - `wait` needs `streaming`, and a server that lets the account subscribe (for a shared mailbox
///   without impersonation Exchange does not): else opened_mailbox.can_wait is false and `wait` is
///   ec::unsupported. A subscription that the server forgets counts as news and is replaced: the
///   first at once, the next ones after growing pauses. After five in a row without an event there
///   is none any more in this session; `wait` then lasts `at_most`, so that its caller polls.
std::unique_ptr<inbound_channel> make_ews(event_loop& loop, inbound_settings settings,
                                          ews_wait_pauses pauses = {});

}  // namespace postroom::channels

#pragma once

#include <memory>

#include "channels/inbound.hpp"
#include "channels/outbound.hpp"

namespace postroom::channels {

class event_loop;
class graph_notices;

struct inbound_settings {
  enum class protocol { imap, pop3, graph, ews } protocol = protocol::imap;
  endpoint server;                ///< Graph: without a host; EWS: without one when `url` says it
  std::string mailbox = "INBOX";  ///< the folder; not POP3
  std::string url;   ///< Graph, EWS: https://HOST/v1.0, https://HOST/EWS/Exchange.asmx; empty for
                     ///< EWS: from host and port, or by autodiscovery
  std::string user;  ///< Graph, EWS: address of the mailbox; empty: of who signs in
  bool impersonate = false;      ///< EWS: as `user`, else a mailbox shared with the login
  unsigned max_requests = 4;     ///< Graph, EWS: at once
  bool streaming = false;        ///< EWS: `wait` listens for new mails
  std::string notification_url;  ///< Graph: where the service posts to `notices`, as it sees it
  std::shared_ptr<graph_notices> notices;  ///< Graph: with a URL, `wait` hears of new mails
  std::string name;                        ///< Graph: what the log calls the mailbox
  duration notification_life{86'400'000};  ///< Graph: of a subscription; at most 4,230 minutes
  duration notification_retry{60'000};     ///< Graph: first pause after one that was not made
  bool read_only = false;                  ///< IMAP: EXAMINE, so that not even \Recent changes
  uint64_t max_mail_bytes = 64u << 20;     ///< `fetch` skips larger mails with ec::mail_too_large
  std::size_t pipeline_bytes =
      8u << 20;  ///< literals asked for ahead, at most; one larger mail may fly alone
};

struct outbound_settings {
  enum class protocol { smtp, graph, pop } protocol = protocol::smtp;
  endpoint server;   ///< Graph: without a host
  std::string helo;  ///< empty: this machine's name
  unsigned max_connections = 4;
  std::string url;               ///< Graph: https://HOST/v1.0
  std::string user;              ///< Graph: address of the mailbox that sends
  bool save_to_sent = true;      ///< Graph
  endpoint pop;                  ///< POP: where to sign in first
  duration pop_window{600'000};  ///< POP: for how long that opens the server
};

/// Channels on a shared event loop, which must outlive them.
std::unique_ptr<inbound_channel> make_inbound(event_loop& loop, inbound_settings settings);
std::unique_ptr<outbound_channel> make_outbound(event_loop& loop, outbound_settings settings);
std::unique_ptr<outbound_channel> make_smtp(event_loop& loop, outbound_settings settings);
/// SMTP after a sign-in by POP3, which is repeated before a quarter of its window is left. A
/// sign-in that fails is a failure of the server (server_wide): no mail is blamed. One that is
/// refused for good is tried once more after another sign-in, for the server may have forgotten the
/// last.
std::unique_ptr<outbound_channel> make_pop_smtp(event_loop& loop, outbound_settings settings);

}  // namespace postroom::channels

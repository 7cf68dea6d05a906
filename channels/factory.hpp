#pragma once

#include <memory>

#include "channels/inbound.hpp"
#include "channels/outbound.hpp"

namespace postroom::channels {

class event_loop;

struct inbound_settings {
  enum class protocol { imap, pop3 } protocol = protocol::imap;
  endpoint server;
  std::string mailbox = "INBOX";        ///< IMAP only
  bool read_only = false;               ///< IMAP: EXAMINE, so that not even \Recent changes
  uint64_t max_mail_bytes = 64u << 20;  ///< `fetch` skips larger mails with ec::mail_too_large
  std::size_t pipeline_bytes =
      8u << 20;  ///< literals asked for ahead, at most; one larger mail may fly alone
};

struct outbound_settings {
  endpoint server;
  std::string helo;  ///< empty: this machine's name
  unsigned max_connections = 4;
};

/// Channels on a shared event loop, which must outlive them.
std::unique_ptr<inbound_channel> make_inbound(event_loop& loop, inbound_settings settings);
std::unique_ptr<outbound_channel> make_smtp(event_loop& loop, outbound_settings settings);

}  // namespace postroom::channels

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "channels/dns.hpp"
#include "channels/inbound.hpp"

/// Which servers a mail address may have. Offers to be read by a person: none is spoken to here,
/// and none may be used before somebody has chosen it.
namespace postroom::channels {

enum class mail_protocol { graph, imap, pop3, smtp };

struct server_offer {
  mail_protocol protocol = mail_protocol::imap;
  bool incoming = true;
  std::string host;   ///< GRAPH: none
  uint16_t port = 0;  ///< GRAPH: 0
  channels::security security = security::tls;
  std::string login;   ///< GRAPH: none
  std::string source;  ///< who says so: "SRV _imaps._tcp.example.org"
  std::string note;    ///< what to know or to check first; blank: nothing
  bool operator==(const server_offer&) const = default;
};

struct discovery {
  std::vector<server_offer> offers;  ///< incoming ones first, of each kind the preferred first
  std::vector<std::string> notes;    ///< about the domain
};

/// Of an address with a domain in ASCII (A-labels). A domain that is a known provider's is looked
/// up in our table alone; of others the DNS is asked for the SRV records of RFC 6186 and RFC 8314
/// and for MX. Preferred are Graph before IMAP before POP3 and TLS from the start before STARTTLS
/// (RFC 8314 section 3), then the order of RFC 2782. Blocks as long as `dns` does. Errors:
/// config_invalid (no address), dns_failed (not one question was answered).
result<discovery> discover(const std::string& address, dns_resolver& dns);

}  // namespace postroom::channels

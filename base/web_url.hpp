#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Web addresses, and whether a password, a token or a mail may go there. Pure; no name is looked
/// up.
namespace postroom {

/// Where a web address leads (RFC 6454, 4).
struct web_origin {
  std::string scheme;  ///< "https" or "http"
  std::string host;    ///< in small letters; an IPv6 address in brackets
  uint16_t port = 0;   ///< the scheme's own where none is written

  bool operator==(const web_origin&) const = default;
};

/// As libcurl's own parser reads it: two opinions about one address would be a hole. Nothing: it is
/// no absolute URL of the web, or holds what no service's address needs and readers differ about:
/// user name or password, fragment, blank, control character, backslash, or a host that is not
/// written out in ASCII (escapes, zones, IPv4 other than as four decimal numbers).
std::optional<web_origin> origin_of(std::string_view url);

/// Whether it is 127.0.0.0/8 as four decimal numbers, or ::1, with or without brackets.
bool is_loopback_address(std::string_view host);
/// Whether libcurl stays on this machine with it, whatever a resolver says: a loopback address,
/// "localhost", or a name below it (RFC 6761, 6.3). A dot at the end makes it another name.
bool is_loopback_host(std::string_view host);

/// https, or http that stays on this machine.
bool is_fit_for_secrets(const web_origin& origin);
/// Whether that can be said of a URL.
bool is_fit_for_secrets(std::string_view url);

}  // namespace postroom

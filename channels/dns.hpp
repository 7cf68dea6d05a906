#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

/// What the DNS says of a domain's mail services: SRV (RFC 2782) and MX (RFC 5321 section 5) by the
/// resolver of the C library. Blocks: for threads that may wait, never for the event loop's.
namespace postroom::channels {

/// Whether this is a host's name of two labels or more, in ASCII: letters, digits and hyphens, at
/// most 253 bytes, and no IPv4 address. A final dot is none of it. Pure.
bool is_host_name(std::string_view name);

struct srv_record {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string target;  ///< in lower case, without a final dot
  bool operator==(const srv_record&) const = default;
};

/// No records and not `refused`: the domain says nothing.
struct srv_answer {
  std::vector<srv_record> records;  ///< the preferred first; at most ten
  bool refused = false;  ///< the only target is ".": decidedly no such service (RFC 2782)
};

struct mx_record {
  uint16_t preference = 0;
  std::string host;  ///< in lower case, without a final dot
  bool operator==(const mx_record&) const = default;
};

/// Both read a DNS message of at most 64 KiB. What is no host's name, of another type or class, or
/// has no port is passed over. A name that does not exist has no records. By priority, and among
/// equals by weight, the heaviest first: a person chooses once, so no load is to be spread by
/// chance. Errors: dns_failed (the server refuses), protocol_violation (cut short, or no message).
/// Pure.
result<srv_answer> read_srv(std::string_view message);
result<std::vector<mx_record>> read_mx(std::string_view message);

/// A port, so that what builds upon it can be tested without a network.
class dns_resolver {
 public:
  virtual ~dns_resolver() = default;
  /// Of a whole name such as "_imaps._tcp.example.org". Errors: config_invalid (this cannot be a
  /// name), timeout (the time of this resolver is over), dns_failed (no answer, or a refusal),
  /// protocol_violation.
  virtual result<srv_answer> srv(const std::string& name) = 0;
  virtual result<std::vector<mx_record>> mx(const std::string& name) = 0;
};

struct dns_settings {
  std::string server;  ///< IPv4 address of a name server; blank: those of /etc/resolv.conf
  uint16_t port = 53;  ///< of `server`
  /// For one answer of one server; asked twice where there is only one server.
  std::chrono::seconds attempt{2};
  /// From the making of the resolver on: no question starts later. One that started before ends
  /// within two and a half times `attempt`, so with the defaults all is over after 9 s.
  std::chrono::milliseconds patience{4'000};
};

/// For one thread at a time. Asks by UDP only, as the library's way to TCP has no time limit: an
/// answer of more than 1,200 bytes is cut short and so an error.
std::unique_ptr<dns_resolver> make_dns_resolver(dns_settings settings);

}  // namespace postroom::channels

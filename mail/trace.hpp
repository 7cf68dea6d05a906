#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

/// Who wrote a Received field (RFC 5321 section 4.4).
enum class trace_hop : uint8_t {
  internal,   ///< a server of ours, which had the mail from another one of ours
  border,     ///< a server of ours that took it from outside
  foreign,    ///< anybody else
  unreadable  ///< it names no server: what the client called itself may hide it
};

/// The server that wrote the field, the word behind "by" in lower case; empty: it names none.
std::string received_by(std::string_view received);

/// Tells our own Received fields from the others. Whatever stands above the border's was written by
/// us, as each server adds its field on top.
class trace_hosts {
 public:
  /// The hosts at the border; others in the same organisational domains are behind it.
  explicit trace_hosts(std::vector<std::string> border);

  [[nodiscard]] trace_hop read(std::string_view received) const;

 private:
  std::vector<std::string> x_border_;
};

}  // namespace postroom::mail

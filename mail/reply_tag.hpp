#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/call_name.hpp"
#include "mail/mail.hpp"

namespace postroom::mail {

/// What a mail of ours carries so that an answer finds its call: "IT-000123" and a tag that only we
/// can make. Whoever knows the number of a call can still not write into it.
struct reply_reference {
  call_name call;
  std::string tag;  ///< 16 bytes in base32 (RFC 4648 section 6), in lower case: 26 characters
  bool operator==(const reply_reference&) const = default;
};

/// Makes and checks tags. The tag is HMAC-SHA-256 over partition, call and recipient: one that was
/// sent to Ann proves nothing in a mail of Bob's.
class reply_tags {
 public:
  /// The first key makes tags; the others are former ones that still check. Errors: config_invalid
  /// when there is none, or one is shorter than 16 bytes.
  static result<reply_tags> make(std::vector<std::string> keys);

  [[nodiscard]] reply_reference sign(const call_name& call, std::string_view recipient) const;

  /// Whether one of the keys made it for this recipient; in constant time.
  [[nodiscard]] bool check(const reply_reference& reference, std::string_view recipient) const;

 private:
  explicit reply_tags(std::vector<std::string> keys) : x_keys_(std::move(keys)) {}
  std::vector<std::string> x_keys_;
};

/// "IT-000123.mfrggzdfmztwq2lknnwg23tpoi", for the local part of a Message-ID or an address. Case
/// does not matter.
std::string render_reference(const reply_reference& reference);

/// The reference at the end of the local part of a Message-ID or an address, behind a '.' or '+'.
std::optional<reply_reference> find_reference(std::string_view id_or_address);

/// All that In-Reply-To, References, To and Cc of a mail hold, each once, the nearest first; at
/// most ten.
std::vector<reply_reference> find_references(const parsed_mail& mail);

/// "it+IT-000123.<tag>@example.org": where answers go. Empty when the local part would have more
/// than 64 bytes (RFC 5321 section 4.5.3.1.1), or there is no address.
std::string tagged_address(std::string_view address, const reply_reference& reference);

/// What `tagged_address` made it of; an address without a tag as it is.
std::string untagged_address(std::string_view address);

}  // namespace postroom::mail

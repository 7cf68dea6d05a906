#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// The organisational domain (RFC 7489 section 3.2) by the public suffix list that libpsl was built
/// with: "example.co.uk" for "mail.example.co.uk". A domain that is itself a public suffix, and one
/// that is none, stand for themselves. The result is folded as `fold_address` does.
std::string org_domain(std::string_view domain);

/// What stands behind the last '@', without a '>' after it; all of it when there is none.
std::string_view domain_of(std::string_view address) noexcept;

}  // namespace postroom::mail

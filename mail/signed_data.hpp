#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mail/outline.hpp"

/// Cryptographic Message Syntax (RFC 5652), as S/MIME sends it (RFC 8551). Nothing is verified or
/// decrypted, and no certificate is read.
namespace postroom::mail {

enum class cms : uint8_t { none, signed_data, encrypted };

/// Whether the type says that the part is CMS. Programs that do not know it send octets named
/// `smime.p7m` instead (RFC 8551, 3.9): `is_named_cms`.
bool is_cms(const part& p);
bool is_named_cms(const part& p);

/// What kind of CMS the bytes of the part begin as; few of them are looked at.
cms kind_of_cms(const part& p);

/// What signed data encloses, in `bytes`, where it is put together when it stands there in pieces.
/// Data that is cut off gives what is there. Nothing: the bytes are no signed data, or what they
/// sign stands elsewhere. One pass, without recursion.
std::optional<std::string_view> signed_content(std::string& bytes);

}  // namespace postroom::mail

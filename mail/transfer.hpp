#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Content-Transfer-Encoding, by GMime's decoders. Any thread; nothing throws but bad_alloc.
namespace postroom::mail {

enum class transfer : uint8_t { identity, base64, quoted_printable, uuencode };

/// Unknown means identity.
transfer read_transfer(std::string_view value);

/// Whether the body begins as base64: some programs say so of a text that is none. Its first KiB
/// is looked at.
bool looks_like_base64(std::string_view body);

/// No body of that many bytes has more when decoded.
std::size_t decoded_bound(std::size_t size, transfer how);

/// At most `max` decoded bytes.
std::string decode(std::string_view body, transfer how, std::size_t max);

/// How many bytes it has when decoded; keeps none of them.
uint64_t decoded_size(std::string_view body, transfer how);

/// Text with LF line ends as quoted-printable or base64 with CR LF line ends.
std::string encode(std::string_view text, transfer how);

/// Bytes as base64, not one of them changed, in lines of 76 characters with CR LF.
std::string encode_bytes(std::string_view bytes);

}  // namespace postroom::mail

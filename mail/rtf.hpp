#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postroom::mail {

/// RTF as Outlook compresses it (MS-OXRTFCP), of which at most `max` bytes are made; empty when the
/// bytes are broken.
std::string decompress_rtf(std::string_view bytes, std::size_t max);

/// What RTF shows as plain text in UTF-8, of some `max` bytes; HTML that was put into RTF
/// (MS-OXRTFEX) is read as the HTML it was. One pass, no recursion.
std::string rtf_to_text(std::string_view rtf, std::size_t max);

}  // namespace postroom::mail

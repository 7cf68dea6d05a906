#pragma once

#include <string>
#include <string_view>

/// Charsets that switch between sets of 7-bit codes, and that iconv lacks or takes too literally.
namespace postroom::mail {

/// ISO-2022-JP (RFC 1468) and what mail programs write under its name – half-width katakana, the
/// makers' characters, JIS X 0212 – as the bytes of EUC-JP-MS, which iconv knows. A line end begins
/// anew, so that one broken line spoils no other.
std::string iso_2022_jp_to_euc(std::string_view bytes);

/// HZ (RFC 1843) as the bytes of GB18030.
std::string hz_to_gb(std::string_view bytes);

}  // namespace postroom::mail

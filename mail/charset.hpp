#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// Bytes of the named charset as UTF-8, made by libc's iconv. What does not fit becomes U+FFFD; an
/// empty, unknown or odd name means `guess_utf8`. Linear in the bytes; any thread.
std::string to_utf8(std::string_view bytes, std::string_view charset);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// Bytes of the named charset as UTF-8, made by libc's iconv. A label that the bytes contradict is
/// not believed: what is UTF-8 throughout is read as UTF-8. What does not fit becomes U+FFFD; an
/// empty, unknown or odd name means `guess_charset`. Linear in the bytes; any thread.
std::string to_utf8(std::string_view bytes, std::string_view charset);

/// Bytes that nobody labelled: as they are when valid UTF-8, else read as `hint`, else guessed.
std::string read_unlabelled(std::string_view bytes, std::string_view hint);

/// The charset that HTML names in its head for itself; empty: it names none.
std::string_view charset_in_markup(std::string_view html);

}  // namespace postroom::mail

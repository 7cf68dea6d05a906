#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postroom::mail {

/// How many bytes the UTF-8 sequence at the start of `bytes` has; 0: there is no valid one.
std::size_t utf8_length(std::string_view bytes) noexcept;

bool is_ascii(std::string_view bytes) noexcept;

/// Whether all of it is UTF-8 as RFC 3629 has it: no surrogates, no overlong forms.
bool is_utf8(std::string_view bytes) noexcept;

/// Adds the code point; U+FFFD for one that is none.
void append_utf8(std::string& out, char32_t code);

/// The code point at the start of `text`, which must be valid UTF-8 and not empty.
char32_t first_code(std::string_view text) noexcept;

/// The longest start of `text` that has at most `max` bytes and cuts no sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t max) noexcept;

/// The bytes when they are UTF-8, with U+FFFD for what is broken when most of it is; else nothing:
/// they are in another charset.
std::optional<std::string> mended_utf8(std::string_view bytes);

/// The same, and what is in another charset read as windows-1252.
std::string guess_utf8(std::string_view bytes);

/// For a line of text (header values, names): valid UTF-8 without control characters, white space
/// collapsed, trimmed.
std::string clean_line(std::string_view bytes);

/// For a body: valid UTF-8 in, line ends made LF, control characters but TAB and LF dropped.
std::string clean_text(std::string_view text);

}  // namespace postroom::mail

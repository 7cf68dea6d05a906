#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Small things about UTF-8 text that several rules need.
namespace postroom::partitions::text {

/// ASCII only: what lies beyond stays as it is, in every locale.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Without the ASCII white space and control characters around it.
std::string_view trim(std::string_view s);

/// One line: each run of control characters becomes one blank; trimmed.
std::string one_line(std::string_view s);

/// At most `bytes`, never cut inside a character; "…" (inside the limit) shows that something is
/// missing.
std::string shorten(std::string_view s, std::size_t bytes);

/// How many characters (code points) a person would count.
std::size_t length(std::string_view s);

/// Any of U+0000–U+001F, U+007F, U+0080–U+009F or the invisible direction and line marks that let a
/// name look like another one (U+2028–U+202E, U+2066–U+2069).
bool has_control_characters(std::string_view s);

/// With a "?" in place of each of those, fit for a terminal.
std::string visible(std::string_view s);

}  // namespace postroom::partitions::text

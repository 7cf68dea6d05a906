#pragma once

#include <string>
#include <string_view>

/// Text of mails and servers on a terminal: whatever they hold, no control character reaches it.
namespace postroom::app {

/// One line: line breaks and tabs become spaces; other control characters, invalid UTF-8, and
/// characters that turn or hide text (bidirectional controls, invisible ones) become U+FFFD; piles
/// of combining marks are cut.
std::string printable(std::string_view text);
/// As `printable`, but line breaks stay.
std::string printable_lines(std::string_view text);

/// Terminal columns of a printable text: wide characters take two, combining ones none.
std::size_t width_of(std::string_view text);
/// At most `width` columns, ending in "…" when cut.
std::string fit(std::string_view text, std::size_t width);

}  // namespace postroom::app

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace postroom::support {

/// What "{name}" stood for in the lines of a connection so far.
using script_words = std::map<std::string, std::string, std::less<>>;

/// Whether `line` is `pattern`, where "{letters}" stands for one word; those words go to `found`.
bool matches(std::string_view pattern, std::string_view line, script_words& found);
/// `text` with each known "{letters}" replaced.
std::string filled_in(std::string_view text, const script_words& words);
/// Whether the POSIX extended regular expression covers the whole line.
bool is_like(const std::string& line, const std::string& pattern);
/// For a message: in quotes, printable, at most 200 characters.
std::string quoted(std::string_view text);

}  // namespace postroom::support

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::mail {

/// The lines of a text without their ends.
std::vector<std::string_view> lines_of(std::string_view text);

/// The next address in running text at or behind `from`.
struct found_address {
  std::string_view text;
  std::size_t begin = 0, end = 0;  ///< where it stands; empty text: there is none
};
found_address next_address(std::string_view line, std::size_t from = 0);

/// What stands before the text of a line: blanks, ">", bullets, an opening quote or "<".
std::size_t lead_of(std::string_view line);

/// The first line from which on the original mail's header is quoted, or lines.size().
std::size_t find_original(const std::vector<std::string_view>& lines);

/// Where the notice before it ends: rules and the line that announces the original are no part of
/// it.
std::size_t end_of_notice(const std::vector<std::string_view>& lines, std::size_t original);

/// The lines from `at` on without the quote mark that the first of them has.
std::string unquoted(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace postroom::mail

#include "mail/uuencoded.hpp"

#include <algorithm>

#include "mail/fields.hpp"

namespace postroom::mail {

namespace {

constexpr std::string_view mark = "begin ";

/// The name in "begin 644 name"; empty when the line is another.
std::string_view name_in(std::string_view line) {
  line = bare_line(line);
  if (line.substr(0, mark.size()) != mark) return {};
  line.remove_prefix(mark.size());
  auto digits = std::min(line.find_first_not_of("01234567"), line.size());
  if (digits < 3 || digits > 4 || digits + 1 >= line.size() || line[digits] != ' ') return {};
  return line.substr(digits + 1);
}

/// A line of data: its first character says how many bytes it has, four characters stand for three
/// of them. Blanks at the end may have been cut off, and some programs add one.
bool is_data(std::string_view line) {
  line = bare_line(line);
  if (line.empty() || line[0] < ' ' || line[0] > '`') return false;
  auto bytes = static_cast<std::size_t>((line[0] - ' ') & 0x3F);
  auto characters = (bytes + 2) / 3 * 4 + 1;
  bool in_range =
      std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '`'; });
  return in_range && line.size() <= characters + 2 && line.size() + 3 > bytes * 4 / 3;
}

/// Past the data that starts at `at` and the line "end".
std::size_t end_of_data(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    auto line = line_at(text, at);
    if (bare_line(line) == "end") return at + line.size();
    if (!is_data(line)) break;
    at += line.size();
  }
  return at;
}

}  // namespace

uuencoded_file find_uuencoded(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    auto at = text.find(mark, from);
    if (at == std::string_view::npos) break;
    auto line = line_at(text, at);
    from = at + line.size();
    bool at_start = at == 0 || text[at - 1] == '\n';
    auto name = at_start ? name_in(line) : std::string_view{};
    if (name.empty() || !is_data(line_at(text, from))) continue;
    return {at, end_of_data(text, from), name};
  }
  return {std::string_view::npos, std::string_view::npos, {}};
}

}  // namespace postroom::mail

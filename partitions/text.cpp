#include "partitions/text.hpp"

#include <algorithm>

namespace postroom::partitions::text {

namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
bool is_blank(char c) {
  return c == ' ' || is_control(c);
}
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// The bytes of the control character at the beginning of `s`; 0: it is none.
std::size_t control_length(std::string_view s) {
  const auto at = [&](std::size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
  };
  if (is_control(s.front())) return 1;
  if (at(0) == 0xC2 && at(1) >= 0x80 && at(1) <= 0x9F) return 2;
  if (at(0) != 0xE2) return 0;
  const bool marks = at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE;     // U+2028–U+202E
  const bool isolates = at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;  // U+2066–U+2069
  return marks || isolates ? 3 : 0;
}

}  // namespace

std::string_view trim(std::string_view s) {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

std::string one_line(std::string_view s) {
  std::string line;
  line.reserve(s.size());
  bool in_run = false;
  for (const char c : trim(s)) {
    const bool control = is_control(c);
    if (!control) line += c;
    if (control && !in_run) line += ' ';
    in_run = control;
  }
  return line;
}

std::string shorten(std::string_view s, std::size_t bytes) {
  constexpr std::string_view ellipsis = "…";
  if (s.size() <= bytes) return std::string(s);
  if (bytes < ellipsis.size()) return {};
  std::size_t end = bytes - ellipsis.size();
  while (end > 0 && is_continuation(s[end])) --end;
  return std::string(s.substr(0, end)) + std::string(ellipsis);
}

std::size_t length(std::string_view s) {
  std::size_t n = 0;
  for (const char c : s) n += is_continuation(c) ? 0 : 1;
  return n;
}

bool has_control_characters(std::string_view s) {
  for (; !s.empty(); s.remove_prefix(1)) {
    if (control_length(s) > 0) return true;
  }
  return false;
}

std::string visible(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    const auto length = control_length(s);
    out += length > 0 ? '?' : s.front();
    s.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace postroom::partitions::text

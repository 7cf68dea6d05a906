#include "partitions/text.hpp"

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
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (is_control(s[i])) return true;
    const auto at = [&](std::size_t k) {
      return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0u;
    };
    if (at(0) == 0xC2 && at(1) >= 0x80 && at(1) <= 0x9F) return true;
    if (at(0) != 0xE2) continue;
    if (at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE) return true;  // U+2028–U+202E
    if (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9) return true;  // U+2066–U+2069
  }
  return false;
}

}  // namespace postroom::partitions::text

#include "app/cli_text.hpp"

#include <locale.h>
#include <clocale>
#include <cwchar>

#include <algorithm>
#include <cstdint>

namespace postroom::app {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr std::string_view replacement_utf8 = "\xEF\xBF\xBD";
constexpr int max_marks = 4;  ///< combining characters on one base character

struct code_point {
  char32_t value = replacement;
  std::size_t size = 1;
};

/// RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
code_point next(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  auto value = static_cast<char32_t>(first & (0xFFu >> (size + 1)));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, size};
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool deceives(char32_t c) {
  return c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE000 && c <= 0xF8FF) || c >= 0xE0000;
}

/// The C library's tables, in a locale of our own, so that the process's stays as it is.
int columns(char32_t c) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (c < 0x80 || !utf8) return 1;
  const locale_t before = ::uselocale(utf8);
  const int n = ::wcwidth(static_cast<wchar_t>(c));
  ::uselocale(before);
  return n;
}

std::string clean(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  int marks = 0;
  while (!text.empty()) {
    const auto c = next(text);
    const auto bytes = text.substr(0, c.size);
    text.remove_prefix(c.size);
    if (c.value == '\r' && text.starts_with('\n')) continue;
    const int wide = is_control(c.value) ? 1 : columns(c.value);
    marks = wide == 0 ? marks + 1 : 0;
    if (c.value == '\n' || c.value == '\t' || c.value == '\r')
      out += c.value == '\n' && keep_lines ? '\n' : ' ';
    else if (is_control(c.value) || deceives(c.value) || wide < 0 || c.value == replacement)
      out += replacement_utf8;
    else if (marks <= max_marks)
      out += bytes;
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  return clean(text, false);
}

std::string printable_lines(std::string_view text) {
  return clean(text, true);
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto c = next(text);
    text.remove_prefix(c.size);
    width += static_cast<std::size_t>(std::max(0, columns(c.value)));
  }
  return width;
}

std::string fit(std::string_view text, std::size_t width) {
  if (width == 0) return {};
  std::size_t used = 0;
  std::size_t end = 0;  // of what fits beside the ellipsis
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = next(text.substr(at));
    used += static_cast<std::size_t>(std::max(0, columns(c.value)));
    if (used > width) return std::string{text.substr(0, end)} + "…";
    at += c.size;
    if (used < width) end = at;
  }
  return std::string{text};
}

}  // namespace postroom::app

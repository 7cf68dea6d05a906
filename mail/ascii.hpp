#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Letters, digits and blanks of ASCII, the same in every locale; bytes beyond ASCII are none.
namespace postroom::mail {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_alnum(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}
constexpr bool is_white(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = lower(c);
  return out;
}

inline std::string_view trimmed(std::string_view s) noexcept {
  while (!s.empty() && is_white(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_white(s.back())) s.remove_suffix(1);
  return s;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

inline bool starts_ignoring_case(std::string_view text, std::string_view start) noexcept {
  return equal_ignoring_case(text.substr(0, start.size()), start);
}

inline bool ends_ignoring_case(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() &&
         equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

/// Where `word`, in lower case, stands in `text`; npos: nowhere.
inline std::size_t find_ignoring_case(std::string_view text, std::string_view word,
                                      std::size_t from = 0) noexcept {
  for (; from + word.size() <= text.size(); ++from)
    if (lower(text[from]) == word[0] && equal_ignoring_case(text.substr(from, word.size()), word))
      return from;
  return std::string_view::npos;
}

}  // namespace postroom::mail

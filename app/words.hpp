#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Small things about words that commands and admin methods both need. Pure.
namespace postroom::app {

/// "a, b, c"
template <class Strings>
std::string joined(const Strings& list) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : ", ") + one;
  return out;
}

/// ASCII letters only, as in the ids of partitions.
inline std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}
inline std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The decimal number that the whole text is; nothing for anything else.
inline std::optional<uint64_t> to_number(std::string_view text) {
  uint64_t n = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc{} || rest != end) return {};
  return n;
}

}  // namespace postroom::app

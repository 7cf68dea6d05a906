#include "mail/seven_bit.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace postroom::mail {

namespace {

enum class set : uint8_t { ascii, katakana, jis_0208, jis_0212 };

constexpr std::array<std::pair<std::string_view, set>, 8> escapes = {{
    {"\x1B(B", set::ascii},
    {"\x1B(J", set::ascii},
    {"\x1B(H", set::ascii},
    {"\x1B(I", set::katakana},
    {"\x1B$B", set::jis_0208},
    {"\x1B$@", set::jis_0208},
    {"\x1B$(B", set::jis_0208},
    {"\x1B$(D", set::jis_0212},
}};

/// The length of the escape sequence at the start, whose set becomes `now`; 0: there is none.
std::size_t take_escape(std::string_view bytes, set& now) {
  for (const auto& [escape, chosen] : escapes)
    if (bytes.substr(0, escape.size()) == escape) {
      now = chosen;
      return escape.size();
    }
  return 0;
}

bool is_graphic(char c) {
  return c > 0x20 && c < 0x7F;
}

char high(char c) {
  return static_cast<char>(c | 0x80);
}

/// The character at the start in the given set; how many bytes it has.
std::size_t take_character(std::string_view bytes, set now, std::string& out) {
  bool pair = now == set::jis_0208 || now == set::jis_0212;
  bool fits = is_graphic(bytes[0]) && (!pair || (bytes.size() > 1 && is_graphic(bytes[1])));
  if (now == set::ascii || !fits) {
    out += bytes[0];
    return 1;
  }
  if (now == set::katakana) out += '\x8E';
  if (now == set::jis_0212) out += '\x8F';
  out += high(bytes[0]);
  if (pair) out += high(bytes[1]);
  return pair ? 2 : 1;
}

}  // namespace

std::string iso_2022_jp_to_euc(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  auto now = set::ascii;
  while (!bytes.empty()) {
    auto length = bytes[0] == '\x1B' ? take_escape(bytes, now) : 0;
    if (length == 0) {
      if (bytes[0] == '\n' || bytes[0] == '\r') now = set::ascii;
      length = take_character(bytes, now, out);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

std::string hz_to_gb(std::string_view bytes) {
  std::string out;
  bool in_pairs = false;
  while (!bytes.empty()) {
    auto two = bytes.substr(0, 2);
    bool is_pair = in_pairs && two.size() == 2 && is_graphic(two[0]) && is_graphic(two[1]);
    if (two == "~{" || two == "~}")
      in_pairs = two == "~{";
    else if (is_pair)
      out.append({high(two[0]), high(two[1])});
    else if (two == "~~")
      out += '~';
    else if (two != "~\n")
      out += bytes[0], two = bytes.substr(0, 1);
    if (bytes[0] == '\n') in_pairs = false;
    bytes.remove_prefix(two.size());
  }
  return out;
}

}  // namespace postroom::mail

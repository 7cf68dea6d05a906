#include "mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace postroom::mail {

namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// How many bytes at the start are ASCII, looked at eight at a time.
std::size_t ascii_run(std::string_view bytes) {
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word & 0x8080808080808080u) break;
    at += 8;
  }
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

/// The second byte's range keeps out overlong forms, surrogates and what is beyond U+10FFFF (RFC
/// 3629 section 4).
bool second_byte_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

/// 0x80 to 0x9F of windows-1252; the five holes keep their C1 meaning, as browsers do it.
constexpr std::array<char16_t, 32> windows_1252 = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (char c : bytes) {
    auto code = static_cast<unsigned char>(c);
    append_utf8(out, code >= 0x80 && code < 0xA0 ? windows_1252[code - 0x80] : code);
  }
  return out;
}

struct repaired {
  std::string text;
  std::size_t good = 0, bad = 0;
};

/// A sequence that only the end of the bytes cuts off: no sign of another charset.
bool is_cut_off(std::string_view tail) {
  if (tail.size() > 3 || static_cast<unsigned char>(tail[0]) < 0xC2) return false;
  return std::all_of(tail.begin() + 1, tail.end(), continues);
}

repaired repair(std::string_view bytes) {
  repaired out;
  while (!bytes.empty()) {
    auto length = utf8_length(bytes);
    if (length == 0) {
      if (!is_cut_off(bytes)) ++out.bad;
      append_utf8(out.text, 0xFFFD);
      bytes.remove_prefix(1);
      continue;
    }
    if (length > 1) ++out.good;
    out.text.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return out;
}

bool is_space(char32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xA0 || code == 0x2028 ||
         code == 0x2029;
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

/// Bytes at which a clean text may have to differ: few, so most of a text is passed over by this
/// table.
constexpr auto doubtful = [] {
  std::array<bool, 256> out{};
  for (std::size_t c = 0; c < 0x20; ++c) out[c] = c != '\n' && c != '\t';
  out[0x7F] = out[0xC2] = true;
  return out;
}();

/// How many bytes at `at`, a doubtful one, a clean text does not have: a run of CRs, a control
/// character; 0 for what it has.
std::size_t unwanted_length(std::string_view text, std::size_t at) {
  auto c = static_cast<unsigned char>(text[at]);
  if (c == '\r') return std::min(text.find_first_not_of('\r', at), text.size()) - at;
  if (c != 0xC2) return 1;
  bool c1 = at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
  return c1 ? 2 : 0;
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) return 1;
  std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues(bytes[i])) return 0;
  return second_byte_fits(lead, static_cast<unsigned char>(bytes[1])) ? length : 0;
}

bool is_ascii(std::string_view bytes) noexcept {
  return ascii_run(bytes) == bytes.size();
}

bool is_utf8(std::string_view bytes) noexcept {
  while (true) {
    bytes.remove_prefix(ascii_run(bytes));
    if (bytes.empty()) return true;
    auto length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
}

void append_utf8(std::string& out, char32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    tail(12), tail(6), tail(0);
  }
}

char32_t first_code(std::string_view text) noexcept {
  static constexpr unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  auto length = utf8_length(text);
  auto code = static_cast<char32_t>(static_cast<unsigned char>(text[0]) & masks[length]);
  for (std::size_t i = 1; i < length; ++i)
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3F);
  return code;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max) noexcept {
  if (text.size() <= max) return text;
  while (max > 0 && continues(text[max])) --max;
  return text.substr(0, max);
}

std::optional<std::string> mended_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  auto mended = repair(bytes);
  // One bad byte must not turn a whole UTF-8 text into mojibake; windows-1252 hardly ever looks
  // like UTF-8.
  if (mended.good > 2 * mended.bad) return std::move(mended.text);
  return std::nullopt;
}

std::string guess_utf8(std::string_view bytes) {
  auto mended = mended_utf8(bytes);
  return mended ? std::move(*mended) : from_windows_1252(bytes);
}

std::string clean_line(std::string_view bytes) {
  std::string whole;
  if (!is_utf8(bytes)) bytes = whole = guess_utf8(bytes);
  std::string out;
  out.reserve(bytes.size());
  bool gap = false;
  while (!bytes.empty()) {
    auto length = utf8_length(bytes);
    auto code = first_code(bytes);
    if (is_space(code)) {
      gap = !out.empty();
    } else if (!is_control(code)) {
      if (gap) out += ' ';
      gap = false;
      out.append(bytes.substr(0, length));
    }
    bytes.remove_prefix(length);
  }
  return out;
}

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto bad = doubtful[static_cast<unsigned char>(text[i])] ? unwanted_length(text, i) : 0;
    if (bad == 0) {
      ++i;
      continue;
    }
    out.append(text.substr(from, i - from));
    bool old_line_ends = text[i] == '\r' && (i + bad == text.size() || text[i + bad] != '\n');
    if (old_line_ends) out.append(bad, '\n');
    from = i += bad;
  }
  return out.append(text.substr(from));
}

}  // namespace postroom::mail

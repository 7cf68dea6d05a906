#include "mail/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "mail/ascii.hpp"
#include "mail/charset_guess.hpp"
#include "mail/seven_bit.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// Only what a charset name can be: the rest must not reach iconv, which knows suffixes with side
/// effects.
std::string plain_name(std::string_view charset) {
  charset = charset.substr(0, charset.find(';'));
  if (charset.size() > 40) return {};
  std::string out;
  for (char c : charset) {
    bool lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c | 0x20);
    else if (lower || digit || c == '-' || c == '_' || c == ':' || c == '.')
      out += c;
    else if (c != '"' && c != '\'' && c != ' ')
      return {};
  }
  return out;
}

/// Labels that mail programs write for a larger charset, as the WHATWG encoding standard reads
/// them, and names that iconv lacks. Empty: the label says nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 46> readings = {{
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"ansi", "windows-1252"},
    {"ansi_x3.4-1968", ""},
    {"us-ascii", ""},
    {"ascii", ""},
    {"utf-8", ""},
    {"utf8", ""},
    {"utf_8", ""},
    {"unicode-1-1-utf-8", ""},
    {"unknown-8bit", ""},
    {"8bit", ""},
    {"cp65001", ""},
    {"cp20127", ""},
    {"cp28591", "windows-1252"},
    {"binary", ""},
    {"unicode-1-1-utf-7", "utf-7"},
    {"x-unicode-2-0-utf-7", "utf-7"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-8-e", "iso-8859-8"},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"koi8-ru", "koi8-u"},
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"gbk", "gb18030"},
    {"cp936", "gb18030"},
    {"hz-gb-2312", "hz"},
    {"x-gbk", "gb18030"},
    {"ks_c_5601-1987", "cp949"},
    {"ks_c_5601", "cp949"},
    {"euc-kr", "cp949"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"sjis", "cp932"},
    {"x-sjis", "cp932"},
    {"windows-31j", "cp932"},
    {"euc-jp", "euc-jp-ms"},
    {"x-euc-jp", "euc-jp-ms"},
    {"big5", "big5-hkscs"},
    {"x-x-big5", "big5-hkscs"},
}};

std::string reading_of(const std::string& name) {
  auto row = std::find_if(readings.begin(), readings.end(),
                          [&](const auto& r) { return r.first == name; });
  return row == readings.end() ? name : std::string(row->second);
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// UTF-16 without a byte order mark is read the way that has the zeros of ASCII in the right place.
std::string utf_16_kind(std::string_view bytes) {
  auto mark = bytes.substr(0, 2);
  if (mark == "\xFE\xFF" || mark == "\xFF\xFE") return "utf-16";
  std::array<std::size_t, 2> zeros = {0, 0};
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 1000); ++i)
    zeros[i % 2] += bytes[i] == '\0';
  return zeros[0] > zeros[1] ? "utf-16be" : "utf-16le";
}

/// How many characters of UTF-8 are needed to prove a label wrong. Bytes of Western text hardly
/// ever look like UTF-8, those of other charsets can by chance.
std::size_t proof_against(std::string_view charset) {
  static constexpr std::array<std::string_view, 5> western = {
      "windows-1252", "iso-8859-15", "windows-1254", "iso-8859-2", "windows-1250"};
  bool seven_bit = starts_with(charset, "iso-2022") || charset == "hz" || charset == "utf-7";
  bool is_western = std::find(western.begin(), western.end(), charset) != western.end();
  return seven_bit || is_western ? 1 : 4;
}

bool is_mislabelled(std::string_view bytes, std::string_view charset) {
  auto leads = std::count_if(bytes.begin(), bytes.end(),
                             [](char c) { return static_cast<unsigned char>(c) >= 0xC2; });
  return static_cast<std::size_t>(leads) >= proof_against(charset) && is_utf8(bytes);
}

class converter {
 public:
  explicit converter(const std::string& from)
      : x_(iconv_open("UTF-8", from.c_str())), x_units_(starts_with(from, "utf-16")) {}
  ~converter() {
    if (ok()) iconv_close(x_);
  }
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;
  [[nodiscard]] bool ok() const { return x_ != reinterpret_cast<iconv_t>(-1); }
  std::string run(std::string_view bytes);

 private:
  iconv_t x_;
  bool x_units_;  ///< of two bytes: a single one at the end is half a line end
};

std::string converter::run(std::string_view bytes) {
  std::string out;
  std::array<char, 4096> buffer;
  char* from = const_cast<char*>(bytes.data());  // NOLINT: iconv reads only
  std::size_t left = bytes.size();
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    auto rc = iconv(x_, &from, &left, &to, &room);
    int why = rc == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(buffer.data(), buffer.size() - room);
    if (why == EINVAL) {  // the end cuts a character
      if (!x_units_ || left > 1) append_utf8(out, 0xFFFD);
      left = 0;
    }
    if (why == EILSEQ) append_utf8(out, 0xFFFD), ++from, --left;
  }
  return out;
}

/// Whether ASCII is ASCII in this charset, so that nothing needs to be done for it.
bool keeps_ascii(std::string_view charset) {
  static constexpr std::array<std::string_view, 9> starts = {
      "windows-", "iso-8859", "koi8-", "gb18030", "euc-", "cp125", "cp949", "cp932", "big5"};
  return std::any_of(starts.begin(), starts.end(),
                     [&](auto start) { return starts_with(charset, start); });
}

/// The kinds of ISO-2022-JP that hold nothing but Japanese.
bool is_japanese_mail(std::string_view name) {
  static constexpr std::array<std::string_view, 6> names = {
      "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-ms", "csiso2022jp", "cp50220", "cp50221"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Other ways to write a name, for iconv to try: `x-cp1251`, `win-1251`, `iso8859_5`.
std::array<std::string, 3> spellings(const std::string& name) {
  auto dashed = starts_with(name, "x-") ? name.substr(2) : name;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  auto digits = name.find_last_not_of("0123456789") + 1;
  bool is_page = name.size() - digits >= 3 && !starts_with(name, "iso");
  return {name, dashed, is_page ? "cp" + name.substr(digits) : std::string{}};
}

/// The bytes read as `name`; false when nobody knows that charset.
bool convert(std::string_view bytes, const std::string& name, std::string& out) {
  for (const auto& spelling : spellings(name)) {
    if (spelling.empty()) continue;
    converter made(spelling);
    if (!made.ok()) continue;
    out = made.run(bytes);
    if (!is_utf8(out)) out = guess_utf8(out);
    return true;
  }
  return false;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  auto name = reading_of(plain_name(charset));
  if (name.empty()) return read_unlabelled(bytes, {});
  bool wide = starts_with(name, "utf-16") || starts_with(name, "utf-32");
  bool as_it_is = keeps_ascii(name) && is_ascii(bytes);
  if (as_it_is || (!wide && is_mislabelled(bytes, name))) return std::string(bytes);
  if (name == "utf-16") name = utf_16_kind(bytes);
  std::string rewritten, out;
  if (is_japanese_mail(name)) {
    bytes = rewritten = iso_2022_jp_to_euc(bytes);
    name = "euc-jp-ms";
  } else if (name == "hz") {
    bytes = rewritten = hz_to_gb(bytes);
    name = "gb18030";
  }
  return convert(bytes, name, out) ? out : read_unlabelled(bytes, {});
}

std::string read_unlabelled(std::string_view bytes, std::string_view hint) {
  if (auto mended = mended_utf8(bytes)) return std::move(*mended);
  auto name = reading_of(plain_name(hint));
  std::string out;
  if (!name.empty() && convert(bytes, name, out)) return out;
  name = guess_charset(bytes);
  bool usual = name == "windows-1252";  // which needs no iconv
  return !usual && convert(bytes, name, out) ? out : guess_utf8(bytes);
}

std::string_view charset_in_markup(std::string_view html) {
  static constexpr std::string_view key = "charset=";
  auto head = html.substr(0, 2048);
  auto at = find_ignoring_case(head, key);
  if (at == std::string_view::npos) return {};
  at = std::min(head.find_first_not_of("\"' ", at + key.size()), head.size());
  auto end = head.find_first_of("\"' />;", at);
  return end == std::string_view::npos ? std::string_view{} : head.substr(at, end - at);
}

}  // namespace postroom::mail

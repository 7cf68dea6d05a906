#include "mail/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// Only what a charset name can be: the rest must not reach iconv, which knows suffixes with side
/// effects.
std::string plain_name(std::string_view charset) {
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
/// them, and names that iconv lacks.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> readings = {{
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"ansi_x3.4-1968", ""},
    {"us-ascii", ""},
    {"ascii", ""},
    {"utf-8", ""},
    {"utf8", ""},
    {"unknown-8bit", ""},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"hz-gb-2312", "hz"},
    {"x-gbk", "gb18030"},
    {"ks_c_5601-1987", "cp949"},
    {"euc-kr", "cp949"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"x-sjis", "cp932"},
    {"big5", "big5-hkscs"},
}};

std::string_view reading_of(std::string_view name) {
  auto row = std::find_if(readings.begin(), readings.end(),
                          [&](const auto& r) { return r.first == name; });
  return row == readings.end() ? name : row->second;
}

class converter {
 public:
  explicit converter(const std::string& from) : x_(iconv_open("UTF-8", from.c_str())) {}
  ~converter() {
    if (ok()) iconv_close(x_);
  }
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;
  [[nodiscard]] bool ok() const { return x_ != reinterpret_cast<iconv_t>(-1); }
  std::string run(std::string_view bytes);

 private:
  iconv_t x_;
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
    if (why == EINVAL) append_utf8(out, 0xFFFD), left = 0;  // the end cuts a character
    if (why == EILSEQ) append_utf8(out, 0xFFFD), ++from, --left;
  }
  return out;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  auto name = std::string(reading_of(plain_name(charset)));
  if (name.empty()) return guess_utf8(bytes);
  converter made(name);
  if (!made.ok()) return guess_utf8(bytes);
  auto out = made.run(bytes);
  return is_utf8(out) ? out : guess_utf8(out);
}

}  // namespace postroom::mail

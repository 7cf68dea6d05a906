#include <algorithm>
#include <array>
#include <utility>

#include "mail/ascii.hpp"
#include "mail/html_text.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// U+00A0 to U+00FF in their order (HTML 4.01 section 24.2).
constexpr std::array<std::string_view, 96> latin_1 = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

constexpr std::array<std::pair<std::string_view, char32_t>, 48> others = {{
    {"amp", '&'},       {"lt", '<'},        {"gt", '>'},        {"quot", '"'},
    {"apos", '\''},     {"AMP", '&'},       {"LT", '<'},        {"GT", '>'},
    {"QUOT", '"'},      {"euro", 0x20AC},   {"ndash", 0x2013},  {"mdash", 0x2014},
    {"lsquo", 0x2018},  {"rsquo", 0x2019},  {"sbquo", 0x201A},  {"ldquo", 0x201C},
    {"rdquo", 0x201D},  {"bdquo", 0x201E},  {"bull", 0x2022},   {"hellip", 0x2026},
    {"trade", 0x2122},  {"larr", 0x2190},   {"uarr", 0x2191},   {"rarr", 0x2192},
    {"darr", 0x2193},   {"harr", 0x2194},   {"minus", 0x2212},  {"ne", 0x2260},
    {"le", 0x2264},     {"ge", 0x2265},     {"infin", 0x221E},  {"asymp", 0x2248},
    {"OElig", 0x152},   {"oelig", 0x153},   {"Scaron", 0x160},  {"scaron", 0x161},
    {"Yuml", 0x178},    {"dagger", 0x2020}, {"Dagger", 0x2021}, {"permil", 0x2030},
    {"lsaquo", 0x2039}, {"rsaquo", 0x203A}, {"ensp", 0x2002},   {"emsp", 0x2003},
    {"thinsp", 0x2009}, {"zwnj", 0x200C},   {"zwj", 0x200D},    {"check", 0x2713},
}};

int digit_value(char c, int base) {
  int value = c >= '0' && c <= '9'   ? c - '0'
              : c >= 'a' && c <= 'f' ? c - 'a' + 10
              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                     : 99;
  return value < base ? value : -1;
}

/// Invisible fillers of newsletters: soft hyphen, grapheme joiner, zero width characters.
bool is_filler(char32_t code) {
  return code == 0xAD || code == 0x34F || (code >= 0x200B && code <= 0x200F) || code == 0xFEFF;
}

void put(char32_t code, std::string& out) {
  if (is_filler(code)) return;
  // Programs write &#146; for what windows-1252 has there.
  if (code >= 0x80 && code < 0xA0)
    out += guess_utf8(std::string(1, static_cast<char>(code)));
  else if (code >= 0x20 || code == '\n' || code == '\t')
    append_utf8(out, code);
}

std::size_t take_number(std::string_view text, std::string& out) {
  bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  std::size_t at = hex ? 3 : 2, first = at;
  char32_t code = 0;
  for (; at < text.size() && at < first + 8; ++at) {
    int value = digit_value(text[at], hex ? 16 : 10);
    if (value < 0) break;
    code = code * (hex ? 16 : 10) + static_cast<char32_t>(value);
  }
  if (at == first) return 0;
  put(code, out);
  return at < text.size() && text[at] == ';' ? at + 1 : at;
}

char32_t code_of(std::string_view name) {
  auto latin = std::find(latin_1.begin(), latin_1.end(), name);
  if (latin != latin_1.end()) return static_cast<char32_t>(0xA0 + (latin - latin_1.begin()));
  auto row =
      std::find_if(others.begin(), others.end(), [&](const auto& r) { return r.first == name; });
  return row == others.end() ? 0 : row->second;
}

}  // namespace

std::size_t take_entity(std::string_view text, std::string& out) {
  if (text.size() < 3 || text[0] != '&') return 0;
  if (text[1] == '#') return take_number(text, out);
  std::size_t end = 1;
  while (end < text.size() && end < 9 && is_alnum(text[end])) ++end;
  auto code = code_of(text.substr(1, end - 1));
  if (code == 0) return 0;
  put(code, out);
  return end < text.size() && text[end] == ';' ? end + 1 : end;
}

}  // namespace postroom::mail

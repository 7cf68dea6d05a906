#include <algorithm>
#include <array>
#include <utility>

#include "mail/ascii.hpp"
#include "mail/entity_names.hpp"
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

/// The others that old pages write without the ';' (HTML, 13.5).
constexpr std::array<std::pair<std::string_view, char32_t>, 10> basic = {{
    {"amp", '&'},
    {"lt", '<'},
    {"gt", '>'},
    {"quot", '"'},
    {"AMP", '&'},
    {"LT", '<'},
    {"GT", '>'},
    {"QUOT", '"'},
    {"COPY", 0xA9},
    {"REG", 0xAE},
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

char32_t code_of(std::string_view name, bool is_closed) {
  auto latin = std::find(latin_1.begin(), latin_1.end(), name);
  if (latin != latin_1.end()) return static_cast<char32_t>(0xA0 + (latin - latin_1.begin()));
  auto row =
      std::find_if(basic.begin(), basic.end(), [&](const auto& r) { return r.first == name; });
  if (row != basic.end()) return row->second;
  // Else "?id=1&lang=de" would lose its name.
  return is_closed ? named_character(name) : 0;
}

}  // namespace

std::size_t take_entity(std::string_view text, std::string& out) {
  if (text.size() < 3 || text[0] != '&') return 0;
  if (text[1] == '#') return take_number(text, out);
  std::size_t end = 1;
  while (end < text.size() && end < 9 && is_alnum(text[end])) ++end;
  const bool is_closed = end < text.size() && text[end] == ';';
  auto code = code_of(text.substr(1, end - 1), is_closed);
  if (code == 0) return 0;
  put(code, out);
  return is_closed ? end + 1 : end;
}

}  // namespace postroom::mail

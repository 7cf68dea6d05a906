#include "mail/header_out.hpp"

#include <gmime/gmime.h>

#include <algorithm>

#include "mail/gobject.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t columns = 76;
/// A word that cannot be folded: a line must not exceed 998 bytes (RFC 5322 section 2.1.1).
constexpr std::size_t max_word = 900;
/// UTF-8 bytes that give an encoded word of at most 75 characters (RFC 2047 section 2).
constexpr std::size_t encoded_bytes = 45;

std::string folded(std::string_view name, const std::vector<std::string>& words) {
  std::string out(name);
  out += ':';
  auto column = out.size();
  for (const auto& word : words) {
    bool fits = column + 1 + word.size() <= columns || column == name.size() + 1;
    out += fits ? " " : "\r\n ";
    column = (fits ? column : 0) + 1 + word.size();
    out += word;
  }
  return out + "\r\n";
}

std::vector<std::string> encoded_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto piece = utf8_prefix(text, encoded_bytes);
    text.remove_prefix(piece.size());
    glib_string base64(
        g_base64_encode(reinterpret_cast<const guchar*>(piece.data()), piece.size()));
    out.push_back(std::string("=?UTF-8?B?") + base64.get() + "?=");
  }
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::string> text_words(std::string_view text) {
  auto plain = split_words(text);
  bool long_word =
      std::any_of(plain.begin(), plain.end(), [](const auto& w) { return w.size() > max_word; });
  if (long_word || !is_ascii(text) || text.find("=?") != std::string_view::npos)
    return encoded_words(text);
  return plain;
}

/// A display name: atoms as they are, a quoted string where it has specials (RFC 5322
/// section 3.2.3).
std::vector<std::string> phrase_words(std::string_view name) {
  auto words = text_words(name);
  bool encoded = !words.empty() && words[0].substr(0, 2) == "=?";
  if (encoded || name.find_first_of("()<>[]:;@\\,.\"") == std::string_view::npos) return words;
  if (name.size() > 200) return encoded_words(name);
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return {quoted + "\""};
}

/// Without what could end the address: only a quoted local part may hold separators.
std::string bare_address(std::string_view addr) {
  std::string out;
  bool quoted = false;
  for (char c : clean_line(addr)) {
    if (c == '"') quoted = !quoted;
    bool separates = std::string_view(" ,;:()").find(c) != std::string_view::npos;
    if (c != '<' && c != '>' && (quoted || !separates)) out += c;
  }
  return quoted ? std::string{} : out;
}

std::string bare_id(std::string_view id) {
  auto out = clean_line(id);
  out.erase(std::remove_if(out.begin(), out.end(),
                           [](char c) { return c == ' ' || c == '<' || c == '>'; }),
            out.end());
  return out;
}

}  // namespace

std::string with_ascii_domain(const std::string& addr) {
  auto at = addr.rfind('@');
  if (at == std::string::npos || is_ascii(std::string_view(addr).substr(at))) return addr;
  glib_string domain(g_hostname_to_ascii(addr.c_str() + at + 1));
  return domain ? addr.substr(0, at + 1) + domain.get() : addr;
}

std::string text_field(std::string_view name, std::string_view value) {
  return folded(name, text_words(clean_line(value)));
}

std::string address_field(std::string_view name, const std::vector<address>& list) {
  std::vector<std::string> words;
  for (const auto& a : list) {
    auto addr = with_ascii_domain(bare_address(a.addr));
    if (addr.empty() || addr.size() > max_word) continue;
    if (!words.empty()) words.back() += ',';
    auto phrase = phrase_words(clean_line(a.name));
    words.insert(words.end(), phrase.begin(), phrase.end());
    words.push_back(phrase.empty() ? addr : "<" + addr + ">");
  }
  if (words.empty()) words.emplace_back("undisclosed-recipients:;");
  return folded(name, words);
}

std::string id_field(std::string_view name, const std::vector<std::string>& ids) {
  std::vector<std::string> words;
  for (const auto& id : ids)
    if (auto bare = bare_id(id); !bare.empty() && bare.size() <= max_word)
      words.push_back("<" + bare + ">");
  return words.empty() ? std::string{} : folded(name, words);
}

std::string date_field(std::string_view name, time_point t) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  auto* date = g_date_time_new_from_unix_utc(seconds);
  if (!date) return {};
  start_gmime();
  glib_string text(g_mime_utils_header_format_date(date));
  g_date_time_unref(date);
  return folded(name, {text.get()});
}

}  // namespace postroom::mail

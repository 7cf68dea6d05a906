#include "mail/fold.hpp"

#include <glib.h>

#include <algorithm>

#include "mail/gobject.hpp"
#include "mail/header_out.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

std::string lower_ascii(std::string s) {
  for (char& c : s) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return s;
}

/// Letter by letter: GLib's own way would turn "I" into something else in a Turkish locale, and
/// case folding would make one of "straße" and "strasse".
std::string lower(const std::string& text) {
  glib_string composed(g_utf8_normalize(text.c_str(), static_cast<gssize>(text.size()),
                                        G_NORMALIZE_DEFAULT_COMPOSE));
  if (!composed) return lower_ascii(text);
  std::string out;
  for (const char* at = composed.get(); *at != 0; at = g_utf8_next_char(at)) {
    char letter[6];
    const auto size = g_unichar_to_utf8(g_unichar_tolower(g_utf8_get_char(at)), letter);
    out.append(static_cast<const char*>(letter), static_cast<std::size_t>(size));
  }
  return out;
}

}  // namespace

std::string fold_address(std::string_view addr) {
  std::string text(addr);
  if (is_ascii(text) || text.find('\0') != std::string::npos) return lower_ascii(std::move(text));
  return lower(with_ascii_domain(text));
}

std::string fold_text(std::string_view text) {
  const glib_string valid(g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  const glib_string cased(g_utf8_casefold(valid.get(), -1));
  const glib_string folded(g_utf8_normalize(cased.get(), -1, G_NORMALIZE_ALL_COMPOSE));
  return folded.get();
}

}  // namespace postroom::mail

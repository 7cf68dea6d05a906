#include "mail/html_reference.hpp"
#include "mail/mail.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

std::string_view entity_for(char c) {
  switch (c) {
    case '\'':
      return "&#39;";
    case '\n':
      return "<br>\n";
    case '\t':
      return "&nbsp;&nbsp;&nbsp; ";
    default:
      return html_reference(c);
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  auto clean = clean_text(guess_utf8(text));
  std::string out;
  out.reserve(clean.size() + clean.size() / 8);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    // A browser shows one space where several stand and none at the start of a line.
    bool lost = clean[i] == ' ' && (i == 0 || clean[i - 1] == ' ' || clean[i - 1] == '\n');
    auto entity = lost ? std::string_view("&nbsp;") : entity_for(clean[i]);
    if (entity.empty())
      out += clean[i];
    else
      out += entity;
  }
  return out;
}

}  // namespace postroom::mail

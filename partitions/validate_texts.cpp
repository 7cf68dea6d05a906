#include <algorithm>
#include <array>

#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::array placeholders{"call",   "subject",   "user", "priority",
                                  "status", "partition", "text"};

bool is_word(std::string_view s) {
  return !s.empty() && s.size() <= 40 && std::ranges::all_of(s, [](char c) {
    const char lower = text::to_lower(c);
    return (lower >= 'a' && lower <= 'z') || c == '_';
  });
}

/// Only "{word}" counts: braces of style sheets and the like are left alone.
void check_placeholders(findings& f, const std::string& path, std::string_view text) {
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{')) {
    text.remove_prefix(open + 1);
    const auto close = text.substr(0, 41).find('}');
    if (close == std::string_view::npos) continue;
    const auto name = text.substr(0, close);
    if (!is_word(name) || std::ranges::find(placeholders, name) != placeholders.end()) continue;
    f.add(path, "{" + std::string(name) + "} is no placeholder",
          "use one of: {call}, {subject}, {user}, {priority}, {status}, {partition}, {text}");
  }
}

void check_text(findings& f, const std::string& path, const config::v1::MailText& t) {
  if (t.text().empty() && !(t.subject().empty() && t.html().empty())) {
    f.add(path + ".text", "is missing",
          "write a plain text: it is sent alone or beside the HTML, for those who read only text");
  }
  check_placeholders(f, path + ".subject", t.subject());
  check_placeholders(f, path + ".text", t.text());
  check_placeholders(f, path + ".html", t.html());
}

}  // namespace

void check_texts(findings& f, const config::v1::MailTexts& texts) {
  check_text(f, "texts.acknowledgement", texts.acknowledgement());
}

}  // namespace postroom::partitions

#include <algorithm>

#include "mail/mail.hpp"
#include "partitions/decide.hpp"

namespace postroom::partitions {

namespace {

/// No placeholder is longer; keeps a text full of braces from being searched again and again.
constexpr std::size_t max_placeholder = 32;

}  // namespace

std::string fill(std::string_view text,
                 const std::vector<std::pair<std::string_view, std::string_view>>& values,
                 bool html) {
  std::string out;
  // One pass: a value that itself looks like a placeholder is not filled in again.
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    const auto close = text.substr(0, max_placeholder).find('}');
    const auto found = std::ranges::find_if(values, [&](const auto& v) {
      return close != std::string_view::npos && v.first == text.substr(1, close - 1);
    });
    if (found == values.end()) {
      out += text.substr(0, 1);
      text.remove_prefix(std::min<std::size_t>(1, text.size()));
      continue;
    }
    out += html ? mail::escape_html(found->second) : std::string(found->second);
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace postroom::partitions

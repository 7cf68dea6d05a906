#include "mail/css_safe.hpp"

#include <algorithm>
#include <array>

namespace postroom::mail {

namespace {

constexpr std::size_t max_value = 200;

/// In alphabetical order.
constexpr auto properties = std::to_array<std::string_view>({"background-color",
                                                             "border",
                                                             "border-bottom",
                                                             "border-bottom-color",
                                                             "border-bottom-style",
                                                             "border-bottom-width",
                                                             "border-collapse",
                                                             "border-color",
                                                             "border-left",
                                                             "border-radius",
                                                             "border-right",
                                                             "border-spacing",
                                                             "border-style",
                                                             "border-top",
                                                             "border-width",
                                                             "color",
                                                             "direction",
                                                             "font",
                                                             "font-family",
                                                             "font-size",
                                                             "font-style",
                                                             "font-weight",
                                                             "line-height",
                                                             "list-style-type",
                                                             "margin",
                                                             "margin-bottom",
                                                             "margin-left",
                                                             "margin-right",
                                                             "margin-top",
                                                             "max-width",
                                                             "padding",
                                                             "padding-bottom",
                                                             "padding-left",
                                                             "padding-right",
                                                             "padding-top",
                                                             "text-align",
                                                             "text-decoration",
                                                             "white-space"});

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

std::string_view trim(std::string_view text) {
  auto from = std::min(text.find_first_not_of(" \t\r\n\f"), text.size());
  auto to = text.find_last_not_of(" \t\r\n\f") + 1;
  return from < to ? text.substr(from, to - from) : std::string_view{};
}

/// Words, numbers, colours: no escapes, comments, functions but those of colours, no "url", and no
/// number below zero, which could move text over what is not the mail's.
bool is_plain_value(std::string_view value) {
  static constexpr std::string_view marks = " #%.,-!'\"()";
  if (value.empty() || value.size() > max_value) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!word && marks.find(c) == std::string_view::npos) return false;
    bool letter_before = i > 0 && value[i - 1] >= 'a' && value[i - 1] <= 'z';
    if (c == '-' && !letter_before) return false;
  }
  bool function = value.find('(') != std::string_view::npos;
  bool colour = value.substr(0, 3) == "rgb" || value.substr(0, 3) == "hsl";
  bool one = std::count(value.begin(), value.end(), '(') == 1;
  return value.find("url") == std::string_view::npos &&
         value.find("expression") == std::string_view::npos && (!function || (colour && one));
}

}  // namespace

std::string safe_style(std::string_view style) {
  std::string out;
  while (!style.empty()) {
    auto end = std::min(style.find(';'), style.size());
    auto declaration = style.substr(0, end);
    style.remove_prefix(std::min(end + 1, style.size()));
    auto colon = declaration.find(':');
    if (colon == std::string_view::npos) continue;
    auto name = lower(trim(declaration.substr(0, colon)));
    auto value = lower(trim(declaration.substr(colon + 1)));
    if (!std::binary_search(properties.begin(), properties.end(), name)) continue;
    if (is_plain_value(value)) out.append(name).append(":").append(value).append(";");
  }
  return out;
}

}  // namespace postroom::mail

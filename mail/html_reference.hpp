#pragma once

#include <string_view>

namespace postroom::mail {

/// What stands in HTML for a character that is markup there, in text and in values in double
/// quotes; empty: the character itself does.
constexpr std::string_view html_reference(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return {};
  }
}

}  // namespace postroom::mail

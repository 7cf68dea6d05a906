#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace postroom::mail {

/// How long the quoted string or comment at the start of `text` is, comments in it included;
/// nothing: it has no end.
inline std::optional<std::size_t> enclosed_length(std::string_view text) {
  const bool is_comment = text[0] == '(';
  std::size_t depth = 1;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == (is_comment ? ')' : '"') && --depth == 0)
      return at + 1;
    else if (is_comment && text[at] == '(')
      ++depth;
  }
  return {};
}

}  // namespace postroom::mail

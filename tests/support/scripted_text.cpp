#include "tests/support/scripted_text.hpp"

#include <regex.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>

namespace postroom::support {
namespace {

/// The position behind "{letters}" that starts at `at`, or nothing.
std::optional<std::size_t> placeholder_end(std::string_view text, std::size_t at) {
  if (text[at] != '{') return std::nullopt;
  auto end = at + 1;
  while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0) ++end;
  if (end == at + 1 || end == text.size() || text[end] != '}') return std::nullopt;
  return end + 1;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view line, script_words& found) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < pattern.size();) {
    if (auto end = placeholder_end(pattern, i)) {
      auto stop = std::min(line.find(' ', at), line.size());
      if (stop == at) return false;
      found[std::string(pattern.substr(i + 1, *end - i - 2))] = line.substr(at, stop - at);
      at = stop;
      i = *end;
    } else if (at >= line.size() || line[at++] != pattern[i++]) {
      return false;
    }
  }
  return at == line.size();
}

std::string filled_in(std::string_view text, const script_words& words) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto end = placeholder_end(text, i);
    auto known = end ? words.find(text.substr(i + 1, *end - i - 2)) : words.end();
    if (known == words.end()) {
      out += text[i++];
    } else {
      out += known->second;
      i = *end;
    }
  }
  return out;
}

bool is_like(const std::string& line, const std::string& pattern) {
  regex_t compiled;
  if (::regcomp(&compiled, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    throw std::runtime_error("not a regular expression: " + pattern);
  bool found = ::regexec(&compiled, line.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return found;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, 200)) out += (c >= ' ' && c < 0x7f) ? std::string(1, c) : "?";
  return out + (text.size() > 200 ? "...\"" : "\"");
}

}  // namespace postroom::support

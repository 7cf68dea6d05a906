#include "app/cli_ids.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "app/cli_text.hpp"

namespace postroom::app {

std::optional<entry_id> read_id(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0) return {};
  entry_id out;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, out.id);
  if (error != std::errc{} || rest != end || out.id == 0) return {};
  out.partition = upper(text.substr(0, slash));
  return out;
}

std::optional<entry_id> parse_id(const invocation& in, terminal& term, const std::string& text) {
  if (auto id = read_id(text)) return id;
  const auto name = in.command().name;
  const auto list = std::string{name.substr(0, name.find(' '))};
  term.err << "postroom: PARTITION/ID: \"" << printable(text) << "\" is not an id such as IT/12; "
           << "`postroom " << list << "` lists them\n";
  return {};
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace postroom::app

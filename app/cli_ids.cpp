#include "app/cli_ids.hpp"

#include "app/cli_text.hpp"
#include "app/words.hpp"

namespace postroom::app {

std::optional<entry_id> read_id(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0) return {};
  const auto id = to_number(std::string_view{text}.substr(slash + 1));
  if (!id || *id == 0) return {};
  return entry_id{upper(text.substr(0, slash)), *id};
}

std::optional<entry_id> parse_id(const invocation& in, terminal& term, const std::string& text) {
  if (auto id = read_id(text)) return id;
  const auto name = in.command().name;
  const auto list = std::string{name.substr(0, name.find(' '))};
  term.err << "postroom: PARTITION/ID: \"" << printable(text) << "\" is not an id such as IT/12; "
           << "`postroom " << list << "` lists them\n";
  return {};
}

}  // namespace postroom::app

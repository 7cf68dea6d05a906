#include "app/cli_moment.hpp"

#include <optional>

#include "app/cli_text.hpp"
#include "partitions/model.hpp"

namespace postroom::app {
namespace {

std::optional<int64_t> parse_moment(const std::string& text) {
  if (const auto day = partitions::parse_start_from(text);
      day && day->kind == partitions::start_kind::date)
    return to_millis(day->date);
  const auto ago = partitions::parse_duration(text);
  if (!ago || text.empty()) return {};
  return to_millis(system_now() - *ago);
}

}  // namespace

bool read_moment(const invocation& in, terminal& term, const char* option, int64_t& to) {
  if (!in.has(option)) return true;
  const auto moment = parse_moment(in.get(option));
  if (moment) {
    to = *moment;
    return true;
  }
  term.err << "postroom: --" << option << ": \"" << printable(in.get(option))
           << "\" is no time; use one such as 2026-11-01, or 2d for two days ago\n";
  return false;
}

}  // namespace postroom::app

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/cli.hpp"

namespace postroom::app {

/// One entry of a partition, as the lists show it: "IT/12".
struct entry_id {
  std::string partition;
  uint64_t id = 0;
};

/// "IT/12", the partition in any case; nothing when the text is none.
std::optional<entry_id> read_id(const std::string& text);

/// As `read_id`; else says on `err` what is wrong.
std::optional<entry_id> parse_id(const invocation& in, terminal& term, const std::string& text);

}  // namespace postroom::app

#pragma once

#include <optional>
#include <string>

#include "app/cli.hpp"

namespace postroom::app {

/// An OAuth client, as the command line names it.
struct client_place {
  std::string partition;
  std::string name;
};

/// "IT/graph", the partition in any case; else says what is wrong.
std::optional<client_place> parse_client(const invocation& in, terminal& term);

}  // namespace postroom::app

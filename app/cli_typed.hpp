#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"

namespace postroom::app {

/// What a person types without seeing it, or what is piped in, to its end. At most 64 KiB. Errors:
/// config_invalid.
result<std::string> read_typed_secret(const std::string& prompt);

/// Asks on the controlling terminal, whatever the standard streams are, and reads a line without
/// showing it. Nothing when there is no terminal.
std::optional<std::string> ask_on_terminal(const std::string& prompt);

}  // namespace postroom::app

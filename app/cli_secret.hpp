#pragma once

#include <optional>
#include <string>

namespace postroom::app {

/// Asks on the controlling terminal, whatever the standard streams are, and reads a line without
/// showing it. Nothing when there is no terminal.
std::optional<std::string> read_secret_from_terminal(const std::string& prompt);

}  // namespace postroom::app

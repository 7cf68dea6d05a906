#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "app/cli_args.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_problems = 2;  ///< the configuration has problems
inline constexpr int exit_usage = 64;    ///< EX_USAGE of sysexits.h

/// All a command knows of the world outside; tests give their own.
struct terminal {
  std::ostream& out;
  std::ostream& err;
  bool tty = false;
  bool colour = false;
  std::size_t width = 0;  ///< columns; 0: do not truncate
  std::string user;       ///< who asks, for the audit
  std::function<std::optional<std::string>(const char*)> environment;
  std::function<bool(duration)> pause;  ///< between two looks of --watch; false: enough
  std::function<result<std::string>(const std::string& prompt)>
      read_secret;  ///< never shown; or piped in
  std::function<int(const std::string&)>
      serve;  ///< runs a node with this node.yaml until it is told to stop
  /// Asks and reads a line without showing it; nothing when there is no terminal.
  std::function<std::optional<std::string>(const std::string& prompt)> ask_password;
};

/// The table of all commands.
std::span<const command_spec> all_commands();

/// Runs the command line without the program's name; gives the exit status. Errors are one line on
/// `err`.
int run_cli(const std::vector<std::string>& args, terminal& term);

/// The terminal of this process: widths, colours (not with NO_COLOR, only on a terminal),
/// environment.
terminal process_terminal(std::function<int(const std::string&)> serve);

}  // namespace postroom::app

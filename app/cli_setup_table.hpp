#pragma once

#include <vector>

#include "app/cli_args.hpp"

namespace postroom::app {

/// The commands that change single objects of the configuration; part of the table of all.
std::vector<command_spec> setup_commands();

}  // namespace postroom::app

#pragma once

#include <vector>

#include "app/cli_args.hpp"

namespace postroom::app {

/// The commands that change single objects of the configuration; part of the table of all.
std::vector<command_spec> setup_commands();
/// Of the configuration of OAuth clients; they stand beside those of their authorisation.
std::vector<command_spec> client_commands();

}  // namespace postroom::app

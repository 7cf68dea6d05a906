#pragma once

#include <span>
#include <string>

#include "app/cli_args.hpp"

namespace postroom::app {

/// The script that completes commands, their options and partitions in "bash", "zsh" or "fish";
/// empty for another shell. Made from the table, so it knows what the program knows. Pure.
std::string completion_script(std::span<const command_spec> commands, const std::string& shell);

int run_completion(const invocation& in, terminal& term);

}  // namespace postroom::app

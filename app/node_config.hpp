#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"

namespace postroom::app {

/// Everything wrong with the meaning of a node.yaml, at once; `file` and `line` are left blank.
/// Pure.
std::vector<config::file_problem> node_problems(const config::v1::Node& node);

/// A node.yaml as text, and everything wrong with it as YAML or in its meaning, at file and line.
config::v1::Node checked_node(std::string_view yaml, const std::string& file,
                              std::vector<config::file_problem>& problems);

}  // namespace postroom::app

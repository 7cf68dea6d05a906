#pragma once

#include <vector>

#include "config/reader.hpp"

namespace postroom::app {

/// Everything wrong with the meaning of a node.yaml, at once; `file` and `line` are left blank.
/// Pure.
std::vector<config::file_problem> node_problems(const config::v1::Node& node);

}  // namespace postroom::app

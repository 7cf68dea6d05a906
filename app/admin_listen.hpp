#pragma once

#include <optional>
#include <vector>

#include "api/connect_server.hpp"
#include "config/reader.hpp"

/// admin_listen and admin_tls of a node.yaml.
namespace postroom::app {

/// Everything wrong with them; `file` and `line` are left blank. Pure: no file is looked at.
std::vector<config::file_problem> admin_listen_problems(const config::v1::Node& node);

/// What to listen with; nothing when admin_listen is blank. For a node without problems.
std::optional<api::https_options> https_of(const config::v1::Node& node);

}  // namespace postroom::app

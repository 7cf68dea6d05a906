#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/reader.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// Configuration files as the commands take them.
namespace postroom::app {

/// The whole file, at most 16 MiB. Errors: config_invalid, naming the file and the reason.
result<std::string> read_file(const std::string& path);

/// What files hold, and what is wrong with them as files.
struct loaded_config {
  std::vector<config::document>
      documents;  ///< at most one for each partition, one for the general settings
  std::vector<admin::v1::Problem> problems;
};

/// Reads files and directories (their *.yaml and *.yml, by name, but for a node configuration). A
/// partition that stands in two documents, or general settings given twice, is a problem, and the
/// second is left out.
loaded_config load_config(const std::vector<std::string>& paths);

/// Fills in file and line of a problem found later.
void locate(const loaded_config& loaded, admin::v1::Problem& problem);

/// The problems of the files and what partitions::validate finds in them together, each at its file
/// and line.
std::vector<admin::v1::Problem> check_config(const loaded_config& loaded);

/// "it.yaml:12: incoming[0].port: problem; remedy", one line each.
std::string render_problem(const admin::v1::Problem& problem);

}  // namespace postroom::app

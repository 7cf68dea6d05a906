#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "config/reader.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// Configuration files as the commands take them.
namespace postroom::app {

/// The whole file, at most 4 MiB. Errors: config_invalid, naming the file and the reason.
result<std::string> read_file(const std::string& path);

/// What files hold, and what is wrong with them as files.
struct loaded_config {
  std::vector<config::document>
      documents;  ///< at most one for each partition, one for the general settings
  std::vector<admin::v1::Problem> problems;
};

/// Bounds what one check may cost; as many partitions as one node is made for.
inline constexpr std::size_t max_documents = 1000;

/// Reads files and directories (their *.yaml and *.yml, by name, but for a node configuration and
/// names that begin with a dot). A partition that stands in two documents, general settings given
/// twice and documents beyond max_documents are problems, and left out.
loaded_config load_config(const std::vector<std::string>& paths);

/// Fills in file and line of problems found later. Keeps pointers into `loaded`.
class problem_locator {
 public:
  explicit problem_locator(const loaded_config& loaded);
  /// validate() names a partition by its id, or by its place ("#2") when it has none.
  void locate(admin::v1::Problem& problem) const;

 private:
  std::unordered_map<std::string, const config::document*> by_name_;
};

/// The problems of the files and what partitions::validate finds in them together, each at its file
/// and line.
std::vector<admin::v1::Problem> check_config(const loaded_config& loaded);

/// "it.yaml:12: incoming[0].port: problem; remedy", one line each.
std::string render_problem(const admin::v1::Problem& problem);
std::string render_problem(const config::file_problem& problem);

/// So many problems are printed or logged; after those, how many more there are.
inline constexpr int max_shown_problems = 100;

}  // namespace postroom::app

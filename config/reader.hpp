#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postroom/config/v1/config.pb.h"

namespace postroom::config {

/// One thing wrong in a file.
struct file_problem {
  std::string file;
  unsigned line = 0;  ///< from 1; 0: the whole file
  std::string path;   ///< "incoming[0].port"
  std::string what;
  std::string remedy;
};

/// Where each field stands: path -> line, in the order of paths.
using path_lines = std::vector<std::pair<std::string, unsigned>>;
/// The line of a path, or of its nearest enclosing one; 0: there is none.
unsigned line_of(const path_lines& lines, std::string_view path);

/// A partition (or the general settings) as read from one file, and where each field stands, so
/// that problems found later can be shown at their line.
struct document {
  std::string file;
  bool is_general = false;
  v1::Partition partition;
  v1::General general;
  path_lines lines;
  [[nodiscard]] unsigned line_of(std::string_view path) const;
};

/// Reads YAML text against the schema: every unknown key (with the nearest known one), wrong type
/// and syntax error is listed, all at once. Pure; `file` is only for messages. A file may hold
/// several documents divided by "---".
std::vector<document> read_documents(std::string_view yaml, const std::string& file,
                                     std::vector<file_problem>& problems);
/// The same for a node.yaml; `lines`, when given, tells where its fields stand.
v1::Node read_node(std::string_view yaml, const std::string& file,
                   std::vector<file_problem>& problems, path_lines* lines = nullptr);
v1::Profiles read_profiles(std::string_view yaml, const std::string& file,
                           std::vector<file_problem>& problems);

}  // namespace postroom::config

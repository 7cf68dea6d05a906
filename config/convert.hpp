#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "config/reader.hpp"
#include "config/yaml_tree.hpp"

namespace postroom::config {

/// Values that aliases may expand to, and bytes of their text: more is an attack or a mistake.
inline constexpr std::size_t max_expanded_values = 1'000'000;
inline constexpr std::size_t max_expanded_bytes = 16u << 20;
inline constexpr std::size_t max_problems = 1000;

/// Fills a message from a YAML node by the names of its fields. For this room only.
class converter {
 public:
  converter(const yaml_tree& tree, std::string file, path_lines& lines,
            std::vector<file_problem>& problems)
      : tree_(tree), file_(std::move(file)), lines_(lines), problems_(problems) {}

  void message(std::size_t node, google::protobuf::Message& out, const std::string& path);
  void complain(unsigned line, const std::string& path, std::string what, std::string remedy);
  [[nodiscard]] const yaml_node& at(std::size_t node) const { return tree_.nodes[node]; }

 private:
  using field_descriptor = google::protobuf::FieldDescriptor;
  struct entry {
    std::string key;
    std::size_t value;
    unsigned line;
  };

  /// The entries of a map, each key once, with those of "<<" behind.
  std::vector<entry> entries(std::size_t map, const std::string& path);
  void own_entries(const yaml_node& map, const std::string& path, std::vector<entry>& out,
                   std::vector<std::size_t>& merged);
  void merge_entries(std::size_t node, const std::string& path, std::vector<entry>& out, int depth);
  void field(const entry& e, const field_descriptor& f, google::protobuf::Message& out,
             const std::string& path);
  void list(std::size_t node, const field_descriptor& f, google::protobuf::Message& out,
            const std::string& path);
  void string_map(std::size_t node, const field_descriptor& f, google::protobuf::Message& out,
                  const std::string& path);
  void single(std::size_t node, const field_descriptor& f, google::protobuf::Message& out,
              const std::string& path, bool append);
  void scalar(const yaml_node& n, const field_descriptor& f, google::protobuf::Message& out,
              const std::string& path, bool append);
  /// Counts what is copied out of the tree; false when it is far too much.
  bool spend(std::size_t bytes);

  const yaml_tree& tree_;
  std::string file_;
  path_lines& lines_;
  std::vector<file_problem>& problems_;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
  bool exhausted_ = false;
};

}  // namespace postroom::config

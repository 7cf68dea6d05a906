#include "config/reader.hpp"

#include <algorithm>

#include "config/convert.hpp"
#include "config/writer.hpp"
#include "config/yaml_tree.hpp"

namespace postroom::config {

namespace {

/// The trees of a file; what is wrong with the YAML itself becomes a problem.
std::vector<yaml_tree> trees_of(std::string_view yaml, const std::string& file,
                                std::vector<file_problem>& problems) {
  std::vector<yaml_error> errors;
  auto trees = parse_yaml(yaml, errors);
  std::erase_if(trees, [](const yaml_tree& t) {
    return t.nodes.empty() || t.nodes.front().kind == node_kind::null;
  });
  for (auto& e : errors) {
    problems.push_back({file, e.line, "", std::move(e.what), std::move(e.remedy)});
  }
  if (trees.empty() && errors.empty()) {
    problems.push_back({file, 0, "", "the file holds nothing", "write the settings or remove it"});
  }
  return trees;
}

/// The value under the key `general`, when the document has it.
const std::size_t* general_of(const yaml_tree& tree) {
  const auto& root = tree.nodes.front();
  if (root.kind != node_kind::map) return nullptr;
  for (std::size_t i = 0; i + 1 < root.children.size(); i += 2) {
    const auto& key = tree.nodes[root.children[i]];
    if (key.kind == node_kind::scalar && key.text == "general") return &root.children[i + 1];
  }
  return nullptr;
}

void read_general(const yaml_tree& tree, std::size_t node, converter& convert, document& doc) {
  doc.is_general = true;
  const auto& root = tree.nodes.front();
  for (std::size_t i = 0; i < root.children.size(); i += 2) {
    const auto& key = tree.nodes[root.children[i]];
    if (root.children[i + 1] == node && key.text == "general") {
      doc.lines.emplace_back("general", key.line);
      continue;
    }
    convert.complain(key.line, key.text, "stands beside `general`",
                     "divide them by a line of ---: a document holds either the general settings "
                     "or one partition");
  }
  convert.message(node, doc.general, "");
}

void sort(path_lines& lines) {
  std::ranges::stable_sort(lines, {}, &std::pair<std::string, unsigned>::first);
}

document read_document(const yaml_tree& tree, const std::string& file,
                       std::vector<file_problem>& problems) {
  document doc;
  doc.file = file;
  doc.lines.emplace_back("", tree.nodes.front().line);
  converter convert(tree, file, doc.lines, problems);
  if (const auto* general = general_of(tree)) {
    read_general(tree, *general, convert, doc);
  } else {
    convert.message(0, doc.partition, "");
  }
  sort(doc.lines);
  return doc;
}

/// "incoming[0].port" -> "incoming[0]" -> "incoming" -> "".
std::string_view enclosing(std::string_view path) {
  const auto cut = path.find_last_of(".[");
  return path.substr(0, cut == std::string_view::npos ? 0 : cut);
}

/// Fills one message from a file that holds nothing else; gives where its fields stand.
path_lines read_alone(std::string_view yaml, const std::string& file,
                      google::protobuf::Message& out, std::vector<file_problem>& problems) {
  const auto trees = trees_of(yaml, file, problems);
  if (trees.empty()) return {};
  path_lines lines{{"", trees.front().nodes.front().line}};
  converter convert(trees.front(), file, lines, problems);
  convert.message(0, out, "");
  sort(lines);
  if (trees.size() > 1) {
    convert.complain(trees[1].nodes.front().line, "", "there is a second document in the file",
                     "keep one: the file is about one object");
  }
  return lines;
}

}  // namespace

unsigned line_of(const path_lines& lines, std::string_view path) {
  for (;; path = enclosing(path)) {
    const auto found = std::ranges::lower_bound(
        lines, path, {}, [](const auto& l) { return std::string_view(l.first); });
    if (found != lines.end() && found->first == path) return found->second;
    if (path.empty()) return 0;
  }
}

unsigned document::line_of(std::string_view path) const {
  return config::line_of(lines, path);
}

std::vector<document> read_documents(std::string_view yaml, const std::string& file,
                                     std::vector<file_problem>& problems) {
  std::vector<document> documents;
  for (const auto& tree : trees_of(yaml, file, problems)) {
    documents.push_back(read_document(tree, file, problems));
  }
  return documents;
}

v1::Node read_node(std::string_view yaml, const std::string& file,
                   std::vector<file_problem>& problems, path_lines* lines) {
  v1::Node node;
  path_lines found = read_alone(yaml, file, node, problems);
  if (lines != nullptr) *lines = std::move(found);
  return node;
}

void read_message(std::string_view yaml, const std::string& file, google::protobuf::Message& out,
                  std::vector<file_problem>& problems) {
  read_alone(yaml, file, out, problems);
}

v1::Profiles read_profiles(std::string_view yaml, const std::string& file,
                           std::vector<file_problem>& problems) {
  v1::Profiles out;
  path_lines lines;
  for (const auto& tree : trees_of(yaml, file, problems))
    converter{tree, file, lines, problems}.message(0, out, "");
  return out;
}

}  // namespace postroom::config

#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "config/utf8.hpp"

namespace postroom::config {

namespace {

struct refused : std::exception {
  explicit refused(yaml_error e) : error(std::move(e)) {}
  yaml_error error;
};

unsigned line_of(const YAML::Mark& mark) {
  return static_cast<unsigned>(mark.line + 1);
}

/// Builds trees from the parser's events. The library's own nodes would copy aliases' contents and
/// lose lines of keys.
class tree_builder final : public YAML::EventHandler {
 public:
  yaml_tree take() { return std::move(tree_); }
  /// Where the document begins: bytes from the beginning of the file, and the line.
  [[nodiscard]] int start() const { return start_; }
  [[nodiscard]] unsigned start_line() const { return start_line_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    tree_ = {};
    open_.clear();
    anchors_.clear();
    start_ = mark.pos;
    start_line_ = line_of(mark);
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node_kind::null, mark, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    tree_.nodes[add(node_kind::scalar, mark, anchor)].text = value;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    // An anchor is known from its start, but usable only from its end.
    for (const auto open : open_) {
      if (found != anchors_.end() && found->second == open) {
        throw refused({line_of(mark), "an alias refers to what it is part of", "remove the alias"});
      }
    }
    if (found != anchors_.end()) attach(found->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    descend(add(node_kind::list, mark, anchor), mark);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    descend(add(node_kind::map, mark, anchor), mark);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  void attach(std::size_t node) {
    if (!open_.empty()) tree_.nodes[open_.back()].children.push_back(node);
    if (++attached_ > max_yaml_nodes) {
      throw refused({0, "the file has more than " + std::to_string(max_yaml_nodes) + " values",
                     "divide it into several files"});
    }
  }

  std::size_t add(node_kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    const std::size_t node = tree_.nodes.size();
    tree_.nodes.push_back({kind, line_of(mark), {}, {}});
    attach(node);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    return node;
  }

  void descend(std::size_t node, const YAML::Mark& mark) {
    open_.push_back(node);
    if (open_.size() > max_yaml_depth) {
      throw refused(
          {line_of(mark),
           "lists and maps lie more than " + std::to_string(max_yaml_depth) + " deep in each other",
           "check the indentation: nothing in a configuration is that deep"});
    }
  }

  yaml_tree tree_;
  std::vector<std::size_t> open_;
  std::unordered_map<YAML::anchor_t, std::size_t> anchors_;
  std::size_t attached_ = 0;  ///< in all documents of the file
  int start_ = -1;
  unsigned start_line_ = 0;
};

std::optional<yaml_error> check_text(std::string_view yaml) {
  if (yaml.size() > max_yaml_bytes) {
    return yaml_error{0, "the file is larger than 4 MiB", "divide it into several files"};
  }
  const auto line_at = [&](std::size_t place) {
    const auto before = yaml.substr(0, place);
    return static_cast<unsigned>(std::count(before.begin(), before.end(), '\n') + 1);
  };
  if (const auto nul = yaml.find('\0'); nul != std::string_view::npos) {
    return yaml_error{line_at(nul), "there is a NUL character",
                      "save the file as UTF-8; it is UTF-16, damaged, or no text at all"};
  }
  if (const auto bad = first_non_utf8(yaml); bad != std::string_view::npos) {
    return yaml_error{line_at(bad), "there is a character that is not UTF-8",
                      "save the file as UTF-8"};
  }
  return {};
}

void read_all(std::string_view yaml, std::vector<yaml_tree>& trees) {
  std::istringstream in{std::string(yaml)};
  YAML::Parser parser(in);
  tree_builder builder;
  int last_start = -1;
  while (parser.HandleNextDocument(builder)) {
    // The library makes empty documents for ever of a token that begins nothing, such as a lone
    // "]".
    if (builder.start() <= last_start) {
      throw refused({builder.start_line(), "there is text that belongs to nothing",
                     "check brackets, quotes and indentation"});
    }
    last_start = builder.start();
    trees.push_back(builder.take());
  }
}

}  // namespace

std::vector<yaml_tree> parse_yaml(std::string_view yaml, std::vector<yaml_error>& errors) {
  std::vector<yaml_tree> trees;
  if (auto wrong = check_text(yaml)) {
    errors.push_back(std::move(*wrong));
    return trees;
  }
  try {
    read_all(yaml, trees);
  } catch (const refused& e) {
    errors.push_back(e.error);
  } catch (const YAML::Exception& e) {
    errors.push_back({e.mark.is_null() ? 0 : line_of(e.mark), "this is no valid YAML: " + e.msg,
                      "check brackets, quotes and indentation"});
  }
  return trees;
}

}  // namespace postroom::config

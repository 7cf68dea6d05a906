#include "app/cli_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "app/cli_text.hpp"
#include "partitions/validate.hpp"

namespace postroom::app {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t max_file = 4u << 20;  // as for YAML
constexpr std::string_view too_large = "it is larger than 4 MiB";

admin::v1::Problem problem_at(const std::string& file, const std::string& what,
                              const std::string& remedy) {
  admin::v1::Problem p;
  p.set_file(file);
  p.set_problem(what);
  p.set_remedy(remedy);
  return p;
}

admin::v1::Problem to_admin(const config::file_problem& found) {
  auto p = problem_at(found.file, found.what, found.remedy);
  p.set_line(found.line);
  p.set_path(found.path);
  return p;
}

std::set<std::string, std::less<>> top_level_keys(const std::string& yaml) {
  std::set<std::string, std::less<>> keys;
  for (std::size_t at = 0; at < yaml.size();) {
    const auto end = std::min(yaml.find('\n', at), yaml.size());
    const auto line = std::string_view{yaml}.substr(at, end - at);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && line.find_first_of(" \t#-\"'{") > colon)
      keys.emplace(line.substr(0, colon));
    at = end + 1;
  }
  return keys;
}

/// Has keys of node.yaml and none that begins a partition or the general settings.
bool is_node_config(const std::string& yaml) {
  const auto keys = top_level_keys(yaml);
  if (keys.contains("id") || keys.contains("general")) return false;
  const auto* node = config::v1::Node::descriptor();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const auto& key) { return node->FindFieldByName(key) != nullptr; });
}

/// The YAML files of a directory by name.
std::vector<std::string> files_of(const fs::path& folder, std::error_code& error) {
  std::vector<std::string> out;
  for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
    const auto& path = it->path();
    // What editors and package managers put aside.
    if (path.filename().native().starts_with('.')) continue;
    std::error_code unknown;  // such as a loop of links: whoever reads it tells
    const auto ending = path.extension();
    if ((ending == ".yaml" || ending == ".yml") && !it->is_directory(unknown)) out.push_back(path);
  }
  std::sort(out.begin(), out.end());
  return out;
}

class loader {
 public:
  loaded_config run(const std::vector<std::string>& paths) {
    for (const auto& path : paths) {
      std::error_code error;
      if (fs::is_directory(path, error))
        add_folder(path);
      else
        add_file(path, false);
    }
    return std::move(out_);
  }

 private:
  void add_folder(const std::string& folder) {
    std::error_code error;
    const auto files = files_of(folder, error);
    if (error)
      out_.problems.push_back(
          problem_at(folder, "cannot be read: " + error.message(), "check its permissions"));
    else if (files.empty())
      out_.problems.push_back(problem_at(folder, "holds no *.yaml or *.yml file",
                                         "name the directory of the partition files"));
    for (const auto& file : files) {
      std::error_code unknown;
      const auto type = fs::status(file, unknown).type();
      if (type == fs::file_type::fifo || type == fs::file_type::socket ||
          type == fs::file_type::character)
        out_.problems.push_back(problem_at(file, "is no regular file", "remove it"));
      else
        add_file(file, true);
    }
  }

  void add_file(const std::string& file, bool skip_node_config) {
    const auto yaml = read_file(file);
    if (!yaml) {
      const auto& why = yaml.error().detail;
      out_.problems.push_back(problem_at(file, why,
                                         why.ends_with(too_large)
                                             ? "divide it into several files"
                                             : "check the path and its permissions"));
      return;
    }
    if (is_node_config(*yaml)) {
      if (!skip_node_config)
        out_.problems.push_back(problem_at(file,
                                           "is the configuration of a node, not of a partition",
                                           "give it to `postroom serve --config`"));
      return;
    }
    std::vector<config::file_problem> problems;
    for (auto& d : config::read_documents(*yaml, file, problems)) add(std::move(d));
    for (const auto& p : problems) out_.problems.push_back(to_admin(p));
  }

  void add(config::document d) {
    if (out_.documents.size() >= max_documents) return complain_of_number(d.file);
    const auto& id = d.partition.id();
    const config::document* twin = nullptr;
    if (d.is_general || !id.empty()) {
      const auto [first, fresh] = places_.emplace(d.is_general ? "" : id, out_.documents.size());
      if (!fresh) twin = &out_.documents[first->second];
    }
    if (twin == nullptr) return out_.documents.push_back(std::move(d));
    const auto what =
        d.is_general ? std::string{"the general settings"} : "partition " + d.partition.id();
    auto p =
        problem_at(d.file, what + " stands here and in " + twin->file, "remove one of the two");
    p.set_path(d.is_general ? "general" : "id");
    p.set_line(d.line_of(p.path()));
    out_.problems.push_back(std::move(p));
  }

  void complain_of_number(const std::string& file) {
    if (!std::exchange(full_, true))
      out_.problems.push_back(problem_at(
          file, "is more than the " + std::to_string(max_documents) + " documents there may be",
          "run further partitions on another node"));
  }

  loaded_config out_;
  std::unordered_map<std::string, std::size_t> places_;  ///< by id; the general settings by ""
  bool full_ = false;
};

}  // namespace

result<std::string> read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::error_code error;
  if (!in || fs::is_directory(path, error))
    return fail(ec::config_invalid,
                "cannot read " + path + ": " +
                    (in ? "it is a directory" : std::generic_category().message(errno)));
  std::string text;
  char buffer[65536];
  while (in.read(static_cast<char*>(buffer), sizeof buffer) || in.gcount() > 0) {
    text.append(static_cast<char*>(buffer), static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_file)
      return fail(ec::config_invalid, "cannot read " + path + ": " + std::string{too_large});
  }
  return text;
}

loaded_config load_config(const std::vector<std::string>& paths) {
  return loader{}.run(paths);
}

problem_locator::problem_locator(const loaded_config& loaded) {
  std::size_t place = 0;
  for (const auto& d : loaded.documents) {
    if (!d.is_general) ++place;
    const auto& id = d.partition.id();
    auto name = d.is_general ? std::string{} : id.empty() ? "#" + std::to_string(place) : id;
    by_name_.emplace(std::move(name), &d);
  }
}

void problem_locator::locate(admin::v1::Problem& problem) const {
  const auto found = by_name_.find(problem.partition());
  if (found == by_name_.end()) return;
  problem.set_file(found->second->file);
  problem.set_line(found->second->line_of(problem.path()));
}

std::vector<admin::v1::Problem> check_config(const loaded_config& loaded) {
  config::v1::Settings settings;
  for (const auto& d : loaded.documents) {
    if (d.is_general)
      *settings.mutable_general() = d.general;
    else
      *settings.add_partitions() = d.partition;
  }
  auto out = loaded.problems;
  const problem_locator lines{loaded};
  for (const auto& found : partitions::validate(settings)) {
    admin::v1::Problem p;
    p.set_partition(found.partition);
    p.set_path(found.path);
    p.set_problem(found.what);
    p.set_remedy(found.remedy);
    lines.locate(p);
    out.push_back(std::move(p));
  }
  return out;
}

std::string render_problem(const config::file_problem& problem) {
  return render_problem(to_admin(problem));
}

std::string render_problem(const admin::v1::Problem& p) {
  std::string out = p.file();
  if (out.empty()) out = p.partition().empty() ? "general settings" : "partition " + p.partition();
  if (!p.file().empty() && p.line() > 0) out += ":" + std::to_string(p.line());
  out += ": ";
  if (!p.path().empty()) out += p.path() + ": ";
  out += p.problem();
  if (!p.remedy().empty()) out += "; " + p.remedy();
  return printable(out);
}

}  // namespace postroom::app

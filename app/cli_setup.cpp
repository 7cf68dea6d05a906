#include "app/cli_setup.hpp"

#include <algorithm>
#include <charconv>

#include "app/cli_admin.hpp"
#include "app/cli_changes.hpp"
#include "app/cli_files.hpp"
#include "app/cli_text.hpp"
#include "config/writer.hpp"

namespace postroom::app {
namespace {

constexpr std::string_view revision_mark = "# revision: ";

/// What `show` wrote; 0: it did not.
uint64_t revision_in(const std::string& yaml) {
  const auto at =
      yaml.starts_with(revision_mark) ? 0 : yaml.find("\n" + std::string{revision_mark});
  if (at == std::string::npos) return 0;
  const auto* digits = yaml.data() + at + (at == 0 ? 0 : 1) + revision_mark.size();
  uint64_t out = 0;
  std::from_chars(digits, yaml.data() + yaml.size(), out);
  return out;
}

bool read_from_file(const invocation& in, terminal& term, google::protobuf::Message& object,
                    uint64_t& revision) {
  const auto file = in.get("file");
  const auto yaml = read_file(file);
  if (!yaml) {
    print_error(term, yaml.error());
    return false;
  }
  object.Clear();
  std::vector<config::file_problem> problems;
  config::read_message(*yaml, file, object, problems);
  for (const auto& p : problems) {
    admin::v1::Problem shown;
    shown.set_file(p.file);
    shown.set_line(p.line);
    shown.set_path(p.path);
    shown.set_problem(p.what);
    shown.set_remedy(p.remedy);
    term.err << render_problem(shown) << "\n";
  }
  revision = revision_in(*yaml);
  return problems.empty();
}

}  // namespace

bool read_object(const invocation& in, terminal& term, google::protobuf::Message& object,
                 uint64_t& revision) {
  const auto sets = in.all("set");
  if (!in.has("file") && sets.empty()) {
    wrong_usage(in, term, "give the values with --file PATH, --set FIELD=VALUE or both");
    return false;
  }
  if (in.has("file") && !read_from_file(in, term, object, revision)) return false;
  for (const auto& set : sets) {
    const auto equals = std::min(set.find('='), set.size());
    const auto value = equals == set.size() ? std::string{} : set.substr(equals + 1);
    auto done = equals == set.size()
                    ? result<void>{fail(ec::config_invalid, "--set: write FIELD=VALUE")}
                    : config::set_field(object, set.substr(0, equals), value);
    if (done) continue;
    print_error(term, done.error());
    return false;
  }
  revision = in.number("revision", revision);
  return true;
}

void print_object(terminal& term, const std::string& what, uint64_t revision,
                  const google::protobuf::Message& object) {
  const auto yaml = config::write_yaml(object);
  // A file must hold what is there, character by character; a terminal must not be led astray.
  term.out << "# " << printable(what) << "\n"
           << revision_mark << revision << "\n"
           << (term.tty ? printable_lines(yaml) : yaml);
}

int print_setup(const invocation& in, terminal& term, const admin::v1::SetupResponse& response) {
  const auto n = response.problems_size();
  if (in.has("json")) {
    print_json(term, response);
  } else if (n > 0) {
    for (const auto& p : response.problems()) term.out << render_problem(p) << "\n";
    term.out << n << (n == 1 ? " problem" : " problems") << "; nothing was changed\n";
  } else {
    print_changes(term, response);
    if (response.unchanged()) term.out << "nothing to change\n";
    term.out << "revision " << response.revision() << "\n";
  }
  return n > 0 ? exit_problems : exit_done;
}

int wrong_usage(const invocation& in, terminal& term, const std::string& what) {
  term.err << "postroom: " << printable(what) << "\n"
           << usage_line(in.command()) << "`postroom " << in.command().name
           << " --help` says more\n";
  return exit_usage;
}

}  // namespace postroom::app

#include "app/cli_admin.hpp"
#include "app/cli_changes.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_text.hpp"

namespace postroom::app {
namespace {

std::string counted(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

template <class Problems>
void print_problems(terminal& term, const Problems& problems) {
  int shown = 0;
  for (const auto& p : problems) {
    if (++shown > max_shown_problems) break;
    term.out << render_problem(p) << "\n";
  }
  const auto all = static_cast<int>(problems.size());
  if (all > max_shown_problems)
    term.out << "and " << all - max_shown_problems << " more; --json shows all\n";
}

std::size_t partitions_in(const loaded_config& loaded) {
  std::size_t n = 0;
  for (const auto& d : loaded.documents) n += d.is_general ? 0 : 1;
  return n;
}

admin::v1::ApplyRequest request_of(const loaded_config& loaded, const invocation& in,
                                   const terminal& term) {
  admin::v1::ApplyRequest out;
  out.set_prune(in.has("prune"));
  out.set_dry_run(in.has("dry-run"));
  add_who_and_why(out, in, term);
  for (const auto& d : loaded.documents) {
    if (d.is_general)
      *out.mutable_general() = d.general;
    else
      *out.add_partitions() = d.partition;
  }
  return out;
}

void print_refusal(terminal& term, const admin::v1::ApplyResponse& response) {
  print_problems(term, response.problems());
  term.out << counted(static_cast<std::size_t>(response.problems_size()), "problem")
           << "; nothing was changed\n";
}

void report(const invocation& in, terminal& term, const admin::v1::ApplyResponse& response) {
  print_changes(term, response);
  if (response.unchanged())
    term.out << "nothing to change\n";
  else if (in.has("dry-run"))
    term.out << "dry run: nothing was changed\n";
  term.out << "settings version " << response.version() << "\n";
}

}  // namespace

int print_applied(const invocation& in, terminal& term, const admin::v1::ApplyResponse& response) {
  if (in.has("json"))
    print_json(term, response);
  else if (response.problems_size() > 0)
    print_refusal(term, response);
  else
    report(in, term, response);
  return response.problems_size() > 0 ? exit_problems : exit_done;
}

int run_check(const invocation& in, terminal& term) {
  const auto loaded = load_config(in.all("file"));
  const auto problems = check_config(loaded);
  if (in.has("json")) {
    admin::v1::CheckResponse out;
    for (const auto& p : problems) *out.add_problems() = p;
    print_json(term, out);
  } else {
    print_problems(term, problems);
    term.out << counted(partitions_in(loaded), "partition") << ", "
             << (problems.empty() ? "no problems" : counted(problems.size(), "problem")) << "\n";
  }
  return problems.empty() ? exit_done : exit_problems;
}

int run_apply(const invocation& in, terminal& term) {
  const auto loaded = load_config(in.all("file"));
  admin::v1::ApplyResponse local;
  for (auto& p : check_config(loaded)) *local.add_problems() = std::move(p);
  if (local.problems_size() > 0) return print_applied(in, term, local);
  auto response = ask<admin::v1::ApplyResponse>(in, term, "SettingsService/Apply",
                                                request_of(loaded, in, term));
  if (!response) return exit_failed;
  const problem_locator lines{loaded};
  for (auto& p : *response->mutable_problems()) lines.locate(p);
  return print_applied(in, term, *response);
}

}  // namespace postroom::app

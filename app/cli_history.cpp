
#include "app/cli_admin.hpp"
#include "app/cli_changes.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::ListVersionsResponse;
using record::v1::SettingsVersion;

constexpr int lines_of_version = 3;  // more of them hide the other versions

std::optional<uint64_t> parse_version(const std::string& text) {
  const auto n = to_number(text);
  return n && *n > 0 ? n : std::nullopt;
}

/// The version at this place of the command line; `otherwise` when it is not given. Says what is
/// wrong.
std::optional<uint64_t> version_at(const invocation& in, terminal& term, std::size_t place,
                                   const char* name, uint64_t otherwise) {
  const auto text = in.positional(place);
  if (text.empty()) return otherwise;
  const auto version = parse_version(text);
  if (!version)
    term.err << "postroom: " << name << ": \"" << printable(text)
             << "\" is not a version; use a number that `postroom history` lists\n";
  return version;
}

std::string reason_of(const SettingsVersion& v) {
  if (v.rolled_back_to() == 0) return v.reason();
  return "back to " + std::to_string(v.rolled_back_to()) + ": " + v.reason();
}

void add_version(table& t, const SettingsVersion& v) {
  const int shown = std::min(v.changed_size(), lines_of_version);
  t.add({v.version(), show_time(v.at()), v.who(), reason_of(v),
         shown > 0 ? v.changed(0) : std::string{"-"}});
  for (int i = 1; i < shown; ++i) t.add({"", "", "", "", v.changed(i)});
  if (const auto left = v.changes() - static_cast<uint64_t>(shown); v.changes() > 0 && left > 0)
    t.add({"", "", "", "", cell{"and " + std::to_string(left) + " more", style::dim}});
}

}  // namespace

int run_history(const invocation& in, terminal& term) {
  const auto list = ask_pages<ListVersionsResponse>(
      in, term, "SettingsService/ListVersions", admin::v1::ListVersionsRequest{},
      [](const ListVersionsResponse& r) { return r.versions_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{
      {{"VERSION", true}, {"WHEN"}, {"WHO"}, {"REASON", false, true}, {"CHANGED", false, true}}};
  for (const auto& v : list->versions()) add_version(t, v);
  term.out << (t.empty() ? "nothing was ever configured\n" : t.render(term.width, term.colour));
  if (!list->next_page_token().empty()) term.out << "there are more: --limit N\n";
  return exit_done;
}

int run_diff(const invocation& in, terminal& term) {
  const auto from = version_at(in, term, 0, "FROM", 0);
  const auto to = version_at(in, term, 1, "TO", 0);
  if (!from || !to) return exit_usage;
  admin::v1::DiffRequest request;
  request.set_from(*from);
  request.set_to(*to);
  const auto diff = ask<admin::v1::DiffResponse>(in, term, "SettingsService/Diff", request);
  if (!diff) return exit_failed;
  if (in.has("json")) {
    print_json(term, *diff);
    return exit_done;
  }
  const auto before = diff->from() == 0 ? "nothing" : "version " + std::to_string(diff->from());
  print_heading(term, "From " + before + " to version " + std::to_string(diff->to()));
  print_changes(term, *diff);
  if (diff->changes().empty()) term.out << "no differences\n";
  return exit_done;
}

int run_rollback(const invocation& in, terminal& term) {
  const auto version = version_at(in, term, 0, "VERSION", 0);
  if (!version) return exit_usage;
  if (!in.has("reason") && !in.has("dry-run")) return wrong_usage(in, term, "--reason is missing");
  admin::v1::RollBackRequest request;
  request.set_version(*version);
  request.set_partition(partition_of(in));
  request.set_dry_run(in.has("dry-run"));
  add_who_and_why(request, in, term);
  const auto response =
      ask<admin::v1::ApplyResponse>(in, term, "SettingsService/RollBack", request);
  if (!response) return exit_failed;
  if (response->problems_size() > 0 && !in.has("json"))
    term.out << "version " << *version << " is not valid by today's rules:\n";
  return print_applied(in, term, *response);
}

}  // namespace postroom::app

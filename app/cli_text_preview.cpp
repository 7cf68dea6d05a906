#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "partitions/texts.hpp"
#include "postroom/admin/v1/partitions.pb.h"

/// `postroom partitions preview-text`
namespace postroom::app {
namespace {

using admin::v1::GetPartitionRequest;
using admin::v1::GetPartitionResponse;
using admin::v1::PreviewTextRequest;
using admin::v1::PreviewTextResponse;

/// What --file and --set change: the saved text, where there is one. Nothing: it could not be
/// asked for.
std::optional<config::v1::MailText> saved_text(const invocation& in, terminal& term,
                                               const PreviewTextRequest& wanted) {
  GetPartitionRequest request;
  request.set_partition(wanted.partition());
  const auto got = ask<GetPartitionResponse>(in, term, "PartitionsService/Get", request);
  if (!got) return {};
  const auto what = partitions::read_call_event(wanted.event());
  const auto to = partitions::read_audience(wanted.audience());
  if (!what || !to) return config::v1::MailText{};  // the server says so
  const auto* found = partitions::find_text(got->rules().texts(), *what, *to, wanted.language());
  return found == nullptr ? config::v1::MailText{} : *found;
}

void print(terminal& term, const PreviewTextResponse& r) {
  print_facts(term, {{"subject", r.subject()}});
  print_heading(term, "Text");
  term.out << printable_lines(r.text()) << "\n";
  if (r.html().empty()) return;
  print_heading(term, "HTML");
  term.out << printable_lines(r.html()) << "\n";
}

}  // namespace

int run_partitions_preview_text(const invocation& in, terminal& term) {
  PreviewTextRequest request;
  request.set_partition(upper(in.positional()));
  request.set_event(in.positional(1));
  request.set_audience(in.positional(2));
  request.set_language(in.get("language"));
  request.set_call(upper(in.get("call")));
  if (in.has("file") || in.has("set")) {
    auto text = saved_text(in, term, request);
    if (!text) return exit_failed;
    uint64_t no_revision = 0;
    if (!read_object(in, term, *text, no_revision)) return exit_usage;
    *request.mutable_content() = std::move(*text);
  }
  const auto response =
      ask<PreviewTextResponse>(in, term, "PartitionsService/PreviewText", request);
  if (!response) return exit_failed;
  if (in.has("json"))
    print_json(term, *response);
  else if (response->problems().empty())
    print(term, *response);
  else
    for (const auto& p : response->problems()) term.out << render_problem(p) << "\n";
  return response->problems().empty() ? exit_done : exit_problems;
}

}  // namespace postroom::app

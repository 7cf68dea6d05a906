#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_ids.hpp"
#include "app/cli_text.hpp"
#include "app/cli_trials.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"

namespace postroom::app {

namespace {

using admin::v1::DryRunRequest;
using admin::v1::DryRunResponse;

std::optional<DryRunRequest> request_of(const invocation& in, terminal& term) {
  DryRunRequest out;
  out.set_partition(partition_of(in));
  out.set_server(in.get("server"));
  auto file = read_file(in.positional());
  if (file) {
    out.set_eml(std::move(*file));
  } else if (const auto id = read_id(in.positional())) {
    out.set_partition(id->partition);
    out.set_mail(id->id);
  } else {
    print_error(term, file.error());
    return {};
  }
  if (!in.has("draft")) return out;
  auto draft = read_draft(term, in.get("draft"), out.partition());
  if (!draft) return {};
  *out.mutable_draft() = std::move(*draft);
  return out;
}

std::string called(const std::string& outcome, const record::v1::Call& call) {
  if (outcome != "logged") return outcome;
  return "a call: " + call.subject();
}

void print_call(terminal& term, const record::v1::Call& c) {
  print_facts(term, {{"priority",
                      c.priority() + " (impact " + c.impact() + ", urgency " + c.urgency() + ")"},
                     {"status", c.status()},
                     {"stream", c.stream()},
                     {"screen set", c.screen_set()},
                     {"user", show_person(c.user())},
                     {"logging analyst", show_person(c.logging_analyst())},
                     {"office", c.office()},
                     {"group", c.group()}});
}

void print_acknowledgement(terminal& term, const DryRunResponse& r) {
  if (r.outcome() != "logged") return;
  print_heading(term, "Acknowledgement");
  const auto& a = r.acknowledgement();
  if (!r.has_acknowledgement()) {
    term.out << "  none would be sent\n";
    return;
  }
  print_facts(term, {{"to", a.recipients_size() > 0 ? a.recipients(0).address() : ""},
                     {"subject", a.subject()}});
}

void print(terminal& term, const DryRunResponse& r, const std::string& partition) {
  print_heading(term, "It would become " + called(r.outcome(), r.call()));
  print_facts(term, {{"because", r.note()}, {"forwarded to", joined(r.forwarded())}});
  for (const auto& note : r.notes()) print_facts(term, {{"note", note}});
  if (r.has_call()) {
    print_call(term, r.call());
    print_decision(term, r.call());
  }
  print_acknowledgement(term, r);
  if (!r.has_became()) return;
  print_heading(term, "It became " + show_outcome(r.became()));
  print_facts(term, {{"because", r.became().note()},
                     {"call", r.became().call() ? show_call(partition, r.became().call()) : ""}});
  if (r.has_became_call()) print_call(term, r.became_call());
}

}  // namespace

int run_dry_run(const invocation& in, terminal& term) {
  const auto request = request_of(in, term);
  if (!request) return exit_failed;
  const auto response = ask<DryRunResponse>(in, term, "TrialsService/DryRun", *request);
  if (!response) return exit_failed;
  if (in.has("json"))
    print_json(term, *response);
  else if (response->problems().empty())
    print(term, *response, request->partition());
  for (const auto& p : response->problems())
    if (!in.has("json")) term.out << render_problem(p) << "\n";
  return response->problems().empty() ? exit_done : exit_problems;
}

}  // namespace postroom::app

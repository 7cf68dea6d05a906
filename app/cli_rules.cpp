#include <algorithm>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_files.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_trials.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/partitions.pb.h"

/// `postroom rules ...`
namespace postroom::app {
namespace {

using namespace admin::v1;

template <class Hits>
void print_hits(terminal& term, const Hits& hits) {
  table rows{{{"RULE", false, true}, {"HITS", true}, {"FIRST"}, {"LAST"}}};
  for (const auto& h : hits)
    rows.add({h.rule(), h.hits(), show_time(h.first_at()), show_time(h.last_at())});
  term.out << rows.render(term.width, term.colour);
}

/// What the rules set and send on: "impact High, tags alarm, forward boss@example.net".
std::string does(const TryRulesResponse::Mail& m) {
  std::string out;
  const auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) out += (out.empty() ? "" : "; ") + what + " " + value;
  };
  add("template", m.template_());
  add("impact", m.impact());
  add("urgency", m.urgency());
  add("group", m.group());
  add("tags", joined(m.tags()));
  add("forward", joined(m.forward()));
  add("stopped by", m.stopped_by());
  return out.empty() ? "-" : out;
}

void print_mails(terminal& term, const std::string& partition, const TryRulesResponse& r) {
  if (r.mails().empty()) return;
  table rows{{{"MAIL"},
              {"BECOMES"},
              {"RULES", false, true},
              {"DOES", false, true},
              {"SUBJECT", false, true}}};
  for (const auto& m : r.mails()) {
    std::string names;
    for (const auto& name : m.rules()) names += (names.empty() ? "" : ", ") + name;
    rows.add({show_id(partition, m.mail()), m.becomes(), names, does(m), m.subject()});
  }
  term.out << rows.render(term.width, term.colour) << "\n";
}

std::optional<TryRulesRequest> request_of(const invocation& in, terminal& term) {
  TryRulesRequest out;
  out.set_partition(partition_of(in));
  out.set_mails(static_cast<uint32_t>(std::min<uint64_t>(in.number("mails", 0), UINT32_MAX)));
  if (!in.has("draft")) return out;
  const auto draft = read_draft(term, in.get("draft"), out.partition());
  if (!draft) return {};
  if (draft->rules().empty()) {
    print_error(term,
                fail(ec::config_invalid, "the file has no `rules` of partition " + out.partition() +
                                             "; without --draft the saved ones are tried"));
    return {};
  }
  *out.mutable_rules() = draft->rules();
  return out;
}

}  // namespace

int run_rules_list(const invocation& in, terminal& term) {
  ListRuleHitsRequest request;
  request.set_partition(partition_of(in));
  const auto list = ask<ListRuleHitsResponse>(in, term, "PartitionsService/ListRuleHits", request);
  if (!list) return exit_failed;
  if (in.has("json"))
    print_json(term, *list);
  else if (list->hits().empty())
    term.out << "the partition has no routing rules\n";
  else
    print_hits(term, list->hits());
  return exit_done;
}

int run_rules_try(const invocation& in, terminal& term) {
  const auto request = request_of(in, term);
  if (!request) return exit_failed;
  const auto tried = ask<TryRulesResponse>(in, term, "PartitionsService/TryRules", *request);
  if (!tried) return exit_failed;
  const int status = tried->problems().empty() ? exit_done : exit_problems;
  if (in.has("json")) {
    print_json(term, *tried);
    return status;
  }
  for (const auto& p : tried->problems()) term.out << render_problem(p) << "\n";
  if (status != exit_done) return status;
  print_mails(term, request->partition(), *tried);
  if (!tried->hits().empty()) print_hits(term, tried->hits());
  term.out << "looked at " << tried->looked_at() << (tried->looked_at() == 1 ? " mail" : " mails")
           << ", " << tried->mails_size() << " of them fit a rule\n";
  return status;
}

}  // namespace postroom::app

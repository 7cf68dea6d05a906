#include "actors/ingest.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::GetLedgerResponse;

uint64_t counted(const record::v1::MailboxState& state) {
  uint64_t sum = 0;
  for (const auto& [outcome, n] : state.outcomes()) sum += n;
  return sum;
}

void print_state(terminal& term, const GetLedgerResponse& ledger) {
  const auto& s = ledger.state();
  const auto& live = ledger.live();
  print_heading(term, "Mailbox " + s.mailbox() + ", partition " + ledger.partition());
  print_facts(term, {{"started", show_time(s.started_at()) + ", from " + s.start_from()},
                     {"now", ledger.has_live() ? live.state() : "not polled"},
                     {"last error", live.last_error()}});
}

void print_outcomes(terminal& term, const record::v1::MailboxState& state) {
  const std::map<std::string, uint64_t> sorted(state.outcomes().begin(), state.outcomes().end());
  table t{{{"OUTCOME"}, {"MAILS", true}}};
  for (const auto& [outcome, n] : sorted)
    t.add({cell{outcome, outcome.starts_with("quarantined") ? style::warn : style::none}, n});
  t.add({cell{"all outcomes", style::bold}, counted(state)});
  term.out << t.render(term.width, term.colour);
}

/// The two counts are made apart: one at each commit, one by walking the ledger now.
void print_reconciliation(terminal& term, const GetLedgerResponse& ledger) {
  const auto& s = ledger.state();
  const auto walked = ledger.entries_total() + s.baseline_count();
  const bool agree = walked == counted(s);
  table t{{{"RECONCILIATION"}, {"MAILS", true}}};
  t.add({"entries in the ledger, walked now", ledger.entries_total()});
  t.add({"there before the start, without entries", s.baseline_count()});
  t.add({cell{agree ? "together: agrees with all outcomes" : "together: DIFFERS from all outcomes",
              agree ? style::good : style::bad},
         walked});
  if (ledger.has_live() && ledger.live().reconciled_at() != 0) {
    const auto open = ledger.live().server_without_outcome();
    t.add({"on the server at " + show_time(ledger.live().reconciled_at()),
           ledger.live().server_messages()});
    t.add({cell{"of these without an outcome yet", open == 0 ? style::good : style::warn}, open});
  }
  term.out << t.render(term.width, term.colour);
}

void print_entries(terminal& term, const GetLedgerResponse& ledger) {
  if (ledger.entries().empty()) return;
  table t{{{"DECIDED"},
           {"ID"},
           {"MAIL", false, true},
           {"OUTCOME"},
           {"CALL"},
           {"SIZE", true},
           {"NOTE", false, true}}};
  for (const auto& e : ledger.entries())
    t.add({show_time(e.decided_at()), e.mail() == 0 ? "-" : show_id(ledger.partition(), e.mail()),
           actors::ingest::render_key(e.key()), show_outcome(e),
           show_call(ledger.partition(), e.call()), show_size(e.size()), e.note()});
  term.out << "\n" << t.render(term.width, term.colour);
  if (!ledger.next_page_token().empty()) term.out << "there are more: --limit N\n";
}

}  // namespace

int run_ledger(const invocation& in, terminal& term) {
  admin::v1::GetLedgerRequest request;
  request.set_mailbox(in.get("mailbox"));
  const auto ledger =
      ask_pages<GetLedgerResponse>(in, term, "LedgerService/Get", request,
                                   [](const GetLedgerResponse& r) { return r.entries_size(); });
  if (!ledger) return exit_failed;
  if (in.has("json")) {
    print_json(term, *ledger);
    return exit_done;
  }
  print_state(term, *ledger);
  term.out << "\n";
  print_outcomes(term, ledger->state());
  term.out << "\n";
  print_reconciliation(term, *ledger);
  print_entries(term, *ledger);
  return exit_done;
}

}  // namespace postroom::app

#include "actors/ingest.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_ids.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// What a person does with single entries of the outbox and the quarantine.
namespace postroom::app {
namespace {

using record::v1::OutboxEntry;

/// Those whom the last action concerned.
std::string concerned(const OutboxEntry& entry) {
  std::string out;
  if (entry.actions().empty()) return out;
  for (const auto& r : entry.actions().rbegin()->before())
    out += (out.empty() ? "" : ", ") + r.address();
  return out;
}

/// Suppressed, and never in the quarantine.
void print_suppressed(terminal& term, const admin::v1::GetQuarantineResponse& response) {
  const auto& e = response.ledger();
  print_heading(term, show_id(response.partition(), e.mail()) + "  " + show_outcome(e));
  std::vector<std::pair<std::string, std::string>> facts{
      {"since", show_time(e.decided_at())},
      {"detail", e.note()},
      {"sender", e.sender()},
      {"size", show_size(e.size())},
      {"mailbox", e.key().mailbox()},
      {"mail", actors::ingest::render_key(e.key())},
      {"fetched", show_time(e.seen_at())}};
  for (const auto& note : e.notes()) facts.emplace_back("note", note);
  print_facts(term, facts);
}

void print_quarantined(terminal& term, const admin::v1::GetQuarantineResponse& response) {
  if (!response.has_entry()) return print_suppressed(term, response);
  const auto& e = response.entry();
  const auto& ledger = response.ledger();
  print_heading(term, show_id(response.partition(), e.mail()) + "  " + e.reason());
  print_facts(term, {{"since", show_time(e.at())},
                     {"detail", e.detail()},
                     {"sender", ledger.sender()},
                     {"size", show_size(e.size())},
                     {"mailbox", e.key().mailbox()},
                     {"mail", show_key(e.key())},
                     {"uidvalidity",
                      e.key().uid_validity() == 0 ? "" : std::to_string(e.key().uid_validity())},
                     {"fetched", response.has_ledger() ? show_time(ledger.seen_at()) : ""},
                     {"ledger", response.has_ledger() ? show_outcome(ledger) : "no entry"}});
  if (e.reprocessed_at() != 0) {
    print_heading(term, "Reprocessed");
    print_facts(term, {{"at", show_time(e.reprocessed_at())},
                       {"by", e.reprocessed_by()},
                       {"reason", e.reprocess_reason()},
                       {"became", show_became(response.partition(), e)}});
  }
  if (e.discarded_at() == 0) return;
  print_heading(term, "Discarded");
  print_facts(term, {{"at", show_time(e.discarded_at())},
                     {"by", e.discarded_by()},
                     {"reason", e.discard_reason()}});
}

}  // namespace

int run_outbox_retry(const invocation& in, terminal& term) {
  const auto id = parse_id(in, term, in.positional());
  if (!id) return exit_usage;
  admin::v1::RetryOutboxRequest request;
  request.set_partition(id->partition);
  request.set_id(id->id);
  add_who_and_why(request, in, term);
  const auto done = ask<admin::v1::RetryOutboxResponse>(in, term, "OutboxService/Retry", request);
  if (!done) return exit_failed;
  return finish_with(
      in, term, *done,
      show_id(id->partition, id->id) + " is due now for " + concerned(done->entry()));
}

int run_outbox_cancel(const invocation& in, terminal& term) {
  const auto id = parse_id(in, term, in.positional());
  if (!id) return exit_usage;
  admin::v1::CancelOutboxRequest request;
  request.set_partition(id->partition);
  request.set_id(id->id);
  add_who_and_why(request, in, term);
  const auto done = ask<admin::v1::CancelOutboxResponse>(in, term, "OutboxService/Cancel", request);
  if (!done) return exit_failed;
  return finish_with(in, term, *done,
                     show_id(id->partition, id->id) + " is cancelled and will not be sent to " +
                         concerned(done->entry()));
}

int run_quarantine_show(const invocation& in, terminal& term) {
  const auto id = parse_id(in, term, in.positional());
  if (!id) return exit_usage;
  admin::v1::GetQuarantineRequest request;
  request.set_partition(id->partition);
  request.set_mail(id->id);
  const auto got =
      ask<admin::v1::GetQuarantineResponse>(in, term, "QuarantineService/Get", request);
  if (!got) return exit_failed;
  if (in.has("raw")) return print_raw(in, term, id->partition, id->id);
  if (in.has("json"))
    print_json(term, *got);
  else
    print_quarantined(term, *got);
  return exit_done;
}

int run_quarantine_discard(const invocation& in, terminal& term) {
  const auto id = parse_id(in, term, in.positional());
  if (!id) return exit_usage;
  admin::v1::DiscardQuarantineRequest request;
  request.set_partition(id->partition);
  request.set_mail(id->id);
  add_who_and_why(request, in, term);
  const auto done =
      ask<admin::v1::DiscardQuarantineResponse>(in, term, "QuarantineService/Discard", request);
  if (!done) return exit_failed;
  return finish_with(in, term, *done,
                     show_id(id->partition, id->id) + " is discarded; the mail itself is kept");
}

}  // namespace postroom::app

#include <optional>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// What a person does with single entries of the outbox and the quarantine.
namespace postroom::app {
namespace {

using record::v1::OutboxEntry;

struct entry_id {
  std::string partition;
  uint64_t id = 0;
};

/// "IT/12", the partition in any case; else says what is wrong.
std::optional<entry_id> parse_id(const invocation& in, terminal& term) {
  const auto& text = in.positional();
  const auto slash = text.find('/');
  if (slash != std::string::npos && slash > 0) {
    const auto id = to_number(std::string_view{text}.substr(slash + 1));
    if (id && *id > 0) return entry_id{upper(text.substr(0, slash)), *id};
  }
  const auto name = in.command().name;
  const auto list = std::string{name.substr(0, name.find(' '))};
  term.err << "postroom: PARTITION/ID: \"" << printable(text) << "\" is not an id such as IT/12; "
           << "`postroom " << list << "` lists them\n";
  return {};
}

/// Those whom the last action concerned.
std::string concerned(const OutboxEntry& entry) {
  std::string out;
  if (entry.actions().empty()) return out;
  for (const auto& r : entry.actions().rbegin()->before())
    out += (out.empty() ? "" : ", ") + r.address();
  return out;
}

void print_quarantined(terminal& term, const admin::v1::GetQuarantineResponse& response) {
  const auto& e = response.entry();
  const auto& ledger = response.ledger();
  print_heading(term, show_id(response.partition(), e.mail()) + "  " + e.reason());
  print_facts(term, {{"since", show_time(e.at())},
                     {"detail", e.detail()},
                     {"size", show_size(e.size())},
                     {"mailbox", e.key().mailbox()},
                     {"mail", show_key(e.key())},
                     {"uidvalidity",
                      e.key().uid_validity() == 0 ? "" : std::to_string(e.key().uid_validity())},
                     {"fetched", response.has_ledger() ? show_time(ledger.seen_at()) : ""},
                     {"ledger", response.has_ledger() ? show_outcome(ledger) : "no entry"}});
  if (e.discarded_at() == 0) return;
  print_heading(term, "Discarded");
  print_facts(term, {{"at", show_time(e.discarded_at())},
                     {"by", e.discarded_by()},
                     {"reason", e.discard_reason()}});
}

}  // namespace

int run_outbox_retry(const invocation& in, terminal& term) {
  const auto id = parse_id(in, term);
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
  const auto id = parse_id(in, term);
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
  const auto id = parse_id(in, term);
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
  const auto id = parse_id(in, term);
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

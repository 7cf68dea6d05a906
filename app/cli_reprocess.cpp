#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_ids.hpp"
#include "app/cli_table.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::ReprocessQuarantineRequest;
using admin::v1::ReprocessQuarantineResponse;

/// All ids in one request; they must be of one partition.
std::optional<ReprocessQuarantineRequest> request_of(const invocation& in, terminal& term) {
  ReprocessQuarantineRequest out;
  for (const auto& text : in.positionals()) {
    const auto id = parse_id(in, term, text);
    if (!id) return {};
    if (!out.partition().empty() && out.partition() != id->partition) {
      term.err << "postroom: PARTITION/ID: " << show_id(id->partition, id->id) << " is not of "
               << "partition " << out.partition() << "; ask for one partition at a time\n";
      return {};
    }
    out.set_partition(id->partition);
    out.add_mails(id->id);
  }
  out.set_accept(in.has("accept"));
  add_who_and_why(out, in, term);
  return out;
}

bool is_refused(record::v1::Outcome outcome) {
  return outcome == record::v1::SUPPRESSED || outcome == record::v1::QUARANTINED;
}

/// Whether it is no longer where it was.
bool has_left(const ReprocessQuarantineResponse::Item& item) {
  if (!item.error().empty()) return false;
  if (item.has_entry()) return item.entry().became() != record::v1::OUTCOME_UNSPECIFIED;
  return !is_refused(item.ledger().outcome());
}

cell result_of(const std::string& partition, const ReprocessQuarantineResponse::Item& item) {
  if (!item.error().empty()) return {item.error(), style::bad};
  const auto& ledger = item.ledger();
  if (has_left(item) && ledger.call() != 0)
    return {show_call(partition, ledger.call()), style::good};
  if (has_left(item)) return {show_outcome(ledger), style::good};
  return {"stays: " + (item.has_entry() ? item.entry().reason() : show_outcome(ledger)),
          style::warn};
}

}  // namespace

int run_quarantine_reprocess(const invocation& in, terminal& term) {
  const auto request = request_of(in, term);
  if (!request) return exit_usage;
  const auto done =
      ask<ReprocessQuarantineResponse>(in, term, "QuarantineService/Reprocess", *request);
  if (!done) return exit_failed;
  bool all_left = true;
  table t{{{"ID"}, {"RESULT"}, {"DETAIL", false, true}}};
  for (const auto& item : done->items()) {
    all_left = all_left && has_left(item);
    t.add({show_id(done->partition(), item.mail()), result_of(done->partition(), item),
           item.error().empty() ? item.ledger().note() : item.detail()});
  }
  if (in.has("json"))
    print_json(term, *done);
  else
    term.out << t.render(term.width, term.colour);
  return all_left ? exit_done : exit_failed;
}

}  // namespace postroom::app

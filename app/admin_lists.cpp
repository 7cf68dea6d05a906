#include <algorithm>

#include "app/admin_find.hpp"
#include "app/admin_reads.hpp"
#include "app/call_filter.hpp"
#include "app/outbox_glance.hpp"

namespace postroom::app {
namespace {

using storage::keys::kind;

template <class Request>
page_query query_of(kind k, const Request& request) {
  return {k, request.partition(), request.page_size(), request.page_token()};
}

/// Whether an entry is not on the page that was asked for. What cannot be read is not passed over:
/// it is reported.
bool is_left_out(std::string_view entry, const admin::v1::ListOutboxRequest& request) {
  const auto seen = glance_at(entry);
  if (!seen) return false;
  if (request.dead_only()) return !seen->dead;
  return !request.include_sent() && seen->settled && !seen->dead && !seen->cancelled;
}

/// The order is that of the numbers, so a clock that was set back may have put an older call before
/// a newer one.
page_query calls_query(const admin::v1::ListCallsRequest& request) {
  constexpr int64_t clocks_differ = 60 * 60 * 1000;
  auto out = query_of(kind::call, request);
  out.without = {record::v1::Call::kTextFieldNumber};
  if (request.since() > clocks_differ) out.oldest = request.since() - clocks_differ;
  return out;
}

}  // namespace

result<admin::v1::ListCallsResponse> list_calls(const open_units& units,
                                                const admin::v1::ListCallsRequest& request) {
  const auto wanted = wanted_calls(request);
  if (!wanted) return wanted.error();
  auto page = merged_page<record::v1::Call>(
      units(), calls_query(request), [](const record::v1::Call& c) { return c.created_at(); },
      *wanted);
  if (!page) return page.error();
  admin::v1::ListCallsResponse out;
  for (auto& [part, call] : page->rows) {
    *out.add_calls() = std::move(call);
  }
  out.set_next_page_token(page->next_token);
  return out;
}

result<admin::v1::ListQuarantineResponse> list_quarantine(
    const open_units& units, const admin::v1::ListQuarantineRequest& request) {
  const auto keep = [&](const record::v1::QuarantineEntry& e) {
    return request.include_discarded() ||
           (e.discarded_at() == 0 && e.became() == record::v1::OUTCOME_UNSPECIFIED);
  };
  auto page = merged_page<record::v1::QuarantineEntry>(
      units(), query_of(kind::quarantine, request),
      [](const record::v1::QuarantineEntry& e) { return e.at(); }, keep);
  if (!page) return page.error();
  admin::v1::ListQuarantineResponse out;
  for (auto& [part, entry] : page->rows) {
    auto* item = out.add_items();
    item->set_partition(part.value);
    *item->mutable_entry() = std::move(entry);
  }
  out.set_next_page_token(page->next_token);
  return out;
}

result<admin::v1::GetQuarantineResponse> get_quarantine(
    const open_units& units, const admin::v1::GetQuarantineRequest& request) {
  const auto unit = find_unit(units, request.partition());
  if (!unit) return unit.error();
  const auto what = "mail " + unit->part.value + "/" + std::to_string(request.mail());
  const mail_id id{request.mail()};
  auto entry =
      read_record<record::v1::QuarantineEntry>(*unit->store, storage::keys::quarantine(id), what);
  if (!entry) return entry.error();
  auto mail = read_record<record::v1::Mail>(*unit->store, storage::keys::mail(id), what);
  if (!mail) return mail.error();
  std::optional<record::v1::LedgerEntry> ledger;
  if (*entry || *mail) {
    auto found = read_record<record::v1::LedgerEntry>(
        *unit->store, storage::keys::ledger(*entry ? (*entry)->key() : (*mail)->key()),
        "the ledger entry of " + what);
    if (!found) return found.error();
    ledger = std::move(*found);
  }
  if (!*entry && !(ledger && ledger->outcome() == record::v1::SUPPRESSED))
    return fail(ec::not_found, "there is no " + what + " that was quarantined or suppressed; " +
                                   "`postroom quarantine --all` and `postroom ledger` list them");
  admin::v1::GetQuarantineResponse out;
  out.set_partition(unit->part.value);
  if (*entry) *out.mutable_entry() = std::move(**entry);
  if (ledger) *out.mutable_ledger() = std::move(*ledger);
  return out;
}

result<admin::v1::ListOutboxResponse> list_outbox(const open_units& units,
                                                  const admin::v1::ListOutboxRequest& request) {
  auto query = query_of(kind::outbox, request);
  query.without = {record::v1::OutboxEntry::kTextFieldNumber,
                   record::v1::OutboxEntry::kHtmlFieldNumber};
  query.pass_over = [&](std::string_view entry) { return is_left_out(entry, request); };
  auto page = merged_page<record::v1::OutboxEntry>(
      units(), query, [](const record::v1::OutboxEntry& e) { return e.created_at(); }, {});
  if (!page) return page.error();
  admin::v1::ListOutboxResponse out;
  for (auto& [part, entry] : page->rows) {
    auto* item = out.add_items();
    item->set_partition(part.value);
    *item->mutable_entry() = std::move(entry);
  }
  out.set_next_page_token(page->next_token);
  return out;
}

}  // namespace postroom::app

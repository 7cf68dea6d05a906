#include <algorithm>

#include "app/admin_find.hpp"
#include "app/admin_reads.hpp"

namespace postroom::app {
namespace {

using storage::keys::kind;

template <class Request>
page_query query_of(kind k, const Request& request) {
  return {k, request.partition(), request.page_size(), request.page_token()};
}

using record::v1::OutboxRecipient;

bool has(const record::v1::OutboxEntry& entry, OutboxRecipient::State state) {
  return std::any_of(entry.recipients().begin(), entry.recipients().end(),
                     [state](const auto& r) { return r.state() == state; });
}

bool has_dead(const record::v1::OutboxEntry& entry) {
  return has(entry, OutboxRecipient::DEAD);
}

}  // namespace

result<admin::v1::ListCallsResponse> list_calls(const open_units& units,
                                                const admin::v1::ListCallsRequest& request) {
  auto page =
      merged_page<record::v1::Call>(units(), query_of(kind::call, request),
                                    [](const record::v1::Call& c) { return c.created_at(); }, {});
  if (!page) return page.error();
  admin::v1::ListCallsResponse out;
  for (auto& [part, call] : page->rows) {
    call.clear_text();
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
  auto entry = read_record<record::v1::QuarantineEntry>(
      *unit->store, storage::keys::quarantine(mail_id{request.mail()}), what);
  if (!entry) return entry.error();
  if (!*entry)
    return fail(ec::not_found, "there is no " + what +
                                   " in the quarantine; `postroom quarantine --all` lists them");
  auto ledger = read_record<record::v1::LedgerEntry>(
      *unit->store, storage::keys::ledger((*entry)->key()), "the ledger entry of " + what);
  if (!ledger) return ledger.error();
  admin::v1::GetQuarantineResponse out;
  out.set_partition(unit->part.value);
  *out.mutable_entry() = std::move(**entry);
  if (*ledger) *out.mutable_ledger() = std::move(**ledger);
  return out;
}

result<admin::v1::ListOutboxResponse> list_outbox(const open_units& units,
                                                  const admin::v1::ListOutboxRequest& request) {
  const auto keep = [&](const record::v1::OutboxEntry& entry) {
    if (request.dead_only()) return has_dead(entry);
    return request.include_sent() || !entry.settled() || has_dead(entry) ||
           has(entry, OutboxRecipient::CANCELLED);
  };
  auto page = merged_page<record::v1::OutboxEntry>(
      units(), query_of(kind::outbox, request),
      [](const record::v1::OutboxEntry& e) { return e.created_at(); }, keep);
  if (!page) return page.error();
  admin::v1::ListOutboxResponse out;
  for (auto& [part, entry] : page->rows) {
    entry.clear_text();
    entry.clear_html();
    auto* item = out.add_items();
    item->set_partition(part.value);
    *item->mutable_entry() = std::move(entry);
  }
  out.set_next_page_token(page->next_token);
  return out;
}

}  // namespace postroom::app

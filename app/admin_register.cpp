#include "app/admin_register.hpp"

#include <memory>

#include "app/admin_changes.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_reads.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;

/// Adds how the mailbox stands now, when it is polled.
void add_live(const admin_backend& backend, GetLedgerResponse& ledger) {
  const auto status = backend.status();
  if (!status) return;
  for (const auto& part : status->partitions())
    for (const auto& box : part.mailboxes())
      if (box.name() == ledger.state().mailbox()) *ledger.mutable_live() = box;
}

void register_reads(guarded_server& server, const std::shared_ptr<const admin_backend>& b) {
  server.add<ListCallsRequest, ListCallsResponse>(
      "postroom.admin.v1.CallsService/List",
      [b](const auto& r, const auto&) { return list_calls(b->units, r); });
  server.add<GetCallRequest, GetCallResponse>(
      "postroom.admin.v1.CallsService/Get",
      [b](const auto& r, const auto&) { return get_call(b->units, r); });
  server.add<GetRawRequest, GetRawResponse>(
      "postroom.admin.v1.CallsService/GetRaw",
      [b](const auto& r, const auto&) { return get_raw(b->units, r); });
  server.add<GetLedgerRequest, GetLedgerResponse>("postroom.admin.v1.LedgerService/Get",
                                                  [b](const auto& r, const auto&) {
                                                    auto ledger = get_ledger(b->units, r);
                                                    if (ledger) add_live(*b, *ledger);
                                                    return ledger;
                                                  });
  server.add<ListQuarantineRequest, ListQuarantineResponse>(
      "postroom.admin.v1.QuarantineService/List",
      [b](const auto& r, const auto&) { return list_quarantine(b->units, r); });
  server.add<ListOutboxRequest, ListOutboxResponse>(
      "postroom.admin.v1.OutboxService/List",
      [b](const auto& r, const auto&) { return list_outbox(b->units, r); });
  server.add<GetQuarantineRequest, GetQuarantineResponse>(
      "postroom.admin.v1.QuarantineService/Get",
      [b](const auto& r, const auto&) { return get_quarantine(b->units, r); });
}

void register_changes(guarded_server& server, const std::shared_ptr<const admin_backend>& b) {
  server.add<RetryOutboxRequest, RetryOutboxResponse>(
      "postroom.admin.v1.OutboxService/Retry",
      [b](const auto& r, const auto&) { return retry_outbox(*b, r); });
  server.add<CancelOutboxRequest, CancelOutboxResponse>(
      "postroom.admin.v1.OutboxService/Cancel",
      [b](const auto& r, const auto&) { return cancel_outbox(*b, r); });
  server.add<DiscardQuarantineRequest, DiscardQuarantineResponse>(
      "postroom.admin.v1.QuarantineService/Discard",
      [b](const auto& r, const auto&) { return discard_quarantine(*b, r); });
  server.add<ReprocessQuarantineRequest, ReprocessQuarantineResponse>(
      "postroom.admin.v1.QuarantineService/Reprocess",
      [b](const auto& r, const auto&) { return reprocess_quarantine(*b, r); });
}

}  // namespace

void register_admin(api::connect_server& open_server, admin_backend backend) {
  guarded_server server{open_server};
  const auto b = std::make_shared<const admin_backend>(std::move(backend));
  register_reads(server, b);
  register_changes(server, b);
  if (b->trials) register_trials(server, *b->trials);
  server.add<CheckRequest, CheckResponse>("postroom.admin.v1.SettingsService/Check",
                                          [b](const auto& r, const auto&) { return b->check(r); });
  server.add<ApplyRequest, ApplyResponse>("postroom.admin.v1.SettingsService/Apply",
                                          [b](const auto& r, const auto&) { return b->apply(r); });
  server.add<GetStatusRequest, GetStatusResponse>(
      "postroom.admin.v1.StatusService/Get", [b](const auto&, const auto&) { return b->status(); });
}

}  // namespace postroom::app

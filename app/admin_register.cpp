#include "app/admin_register.hpp"

#include <memory>

#include "app/admin_audit.hpp"
#include "app/admin_changes.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_reads.hpp"
#include "app/admin_secrets.hpp"
#include "app/admin_settings.hpp"
#include "app/call_history.hpp"

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
  server.add<CallHistoryRequest, CallHistoryResponse>(
      "postroom.admin.v1.CallsService/History",
      [b](const auto& r, const auto& caller) { return call_history(b->units, r, caller); });
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
      [b](const auto& r, const auto& caller) { return retry_outbox(*b, r, caller.from()); });
  server.add<CancelOutboxRequest, CancelOutboxResponse>(
      "postroom.admin.v1.OutboxService/Cancel",
      [b](const auto& r, const auto& caller) { return cancel_outbox(*b, r, caller.from()); });
  server.add<DiscardQuarantineRequest, DiscardQuarantineResponse>(
      "postroom.admin.v1.QuarantineService/Discard",
      [b](const auto& r, const auto& caller) { return discard_quarantine(*b, r, caller.from()); });
}

void register_audit(guarded_server& server, const std::shared_ptr<const admin_backend>& b) {
  server.add<ListAuditRequest, ListAuditResponse>(
      "postroom.admin.v1.AuditService/List",
      [b](const auto& r, const auto& caller) { return list_audit(*b, r, caller); });
  server.add<VerifyAuditRequest, VerifyAuditResponse>(
      "postroom.admin.v1.AuditService/Verify",
      [b](const auto& r, const auto&) { return verify_audit(*b, r); });
  server.add<AuditHeadRequest, AuditHeadResponse>(
      "postroom.admin.v1.AuditService/Head",
      [b](const auto&, const auto&) { return audit_heads(*b); });
}

void register_secrets(guarded_server& server, const std::shared_ptr<const admin_backend>& b) {
  server.add<ListSecretsRequest, ListSecretsResponse>(
      "postroom.admin.v1.SecretsService/List",
      [b](const auto& r, const auto&) { return list_secrets(*b, r); });
  server.add<PutSecretRequest, PutSecretResponse>(
      "postroom.admin.v1.SecretsService/Put",
      [b](const auto& r, const auto& caller) { return put_secret(*b, r, caller.from()); });
  server.add<RemoveSecretRequest, RemoveSecretResponse>(
      "postroom.admin.v1.SecretsService/Remove",
      [b](const auto& r, const auto& caller) { return remove_secret(*b, r, caller.from()); });
  server.add<RotateSecretsRequest, RotateSecretsResponse>(
      "postroom.admin.v1.SecretsService/Rotate",
      [b](const auto& r, const auto& caller) { return rotate_secrets(*b, r, caller.from()); });
}

void register_settings(guarded_server& server, const std::shared_ptr<const admin_backend>& b) {
  server.add<CheckRequest, CheckResponse>("postroom.admin.v1.SettingsService/Check",
                                          [b](const auto& r, const auto&) { return b->check(r); });
  server.add<ApplyRequest, ApplyResponse>(
      "postroom.admin.v1.SettingsService/Apply",
      [b](const auto& r, const auto& caller) { return b->apply(r, caller.from()); });
  server.add<RollBackRequest, ApplyResponse>(
      "postroom.admin.v1.SettingsService/RollBack",
      [b](const auto& r, const auto& caller) { return b->roll_back(r, caller.from()); });
  server.add<ListVersionsRequest, ListVersionsResponse>(
      "postroom.admin.v1.SettingsService/ListVersions",
      [b](const auto& r, const auto&) { return list_versions(*b->settings(), r); });
  server.add<DiffRequest, DiffResponse>(
      "postroom.admin.v1.SettingsService/Diff",
      [b](const auto& r, const auto&) { return diff(*b->settings(), r); });
}

}  // namespace

void register_admin(api::connect_server& open_server, admin_backend backend) {
  guarded_server server{open_server};
  const auto b = std::make_shared<const admin_backend>(std::move(backend));
  register_reads(server, b);
  register_changes(server, b);
  register_audit(server, b);
  register_secrets(server, b);
  register_settings(server, b);
  server.add<GetStatusRequest, GetStatusResponse>(
      "postroom.admin.v1.StatusService/Get", [b](const auto&, const auto&) { return b->status(); });
}

}  // namespace postroom::app

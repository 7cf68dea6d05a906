#include "app/admin_register.hpp"

#include <memory>

#include "app/admin_access.hpp"
#include "app/admin_audit.hpp"
#include "app/admin_call_change.hpp"
#include "app/admin_changes.hpp"
#include "app/admin_find.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_oauth.hpp"
#include "app/admin_reads.hpp"
#include "app/admin_secrets.hpp"
#include "app/admin_settings.hpp"
#include "app/admin_status.hpp"
#include "app/call_history.hpp"
#include "app/explain.hpp"
#include "app/routing_rules.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;
using access::caller;

/// Adds a method that reads the stores of the partitions where the caller holds the right.
template <class Request, class Response>
void add_read(guarded_server& server, const backend_ptr& b, const std::string& name, Right right,
              result<Response> (*read)(const open_units&, const Request&)) {
  server.add<Request, Response>("postroom.admin.v1." + name,
                                [b, right, read](const Request& r, const caller& who) {
                                  return read(visible(b->units, who, {right}), r);
                                });
}

/// Adds a method that changes something in the caller's name.
template <class Request, class Response>
void add_change(guarded_server& server, const backend_ptr& b, const std::string& name,
                result<Response> (*change)(const admin_backend&, Request,
                                           const std::string& from)) {
  server.add<Request, Response>("postroom.admin.v1." + name,
                                [b, change](const Request& r, const caller& who) {
                                  return change(*b, in_name_of(who, r), who.from());
                                });
}

/// The number of a version counts what happens in other partitions.
void hide_version(record::v1::Call& call, const caller& who) {
  if (call.has_decision() && !who.may_everywhere(VIEW_CALLS))
    call.mutable_decision()->clear_settings_version();
}

void register_calls(guarded_server& server, const backend_ptr& b) {
  server.add<ListCallsRequest, ListCallsResponse>(
      "postroom.admin.v1.CallsService/List", [b](const ListCallsRequest& r, const caller& who) {
        auto list = list_calls(visible(b->units, who, {VIEW_CALLS}), r);
        if (list)
          for (auto& call : *list->mutable_calls()) hide_version(call, who);
        return list;
      });
  server.add<GetCallRequest, GetCallResponse>(
      "postroom.admin.v1.CallsService/Get", [b](const GetCallRequest& r, const caller& who) {
        auto found = get_call(visible(b->units, who, {VIEW_CALLS}), r);
        if (found) hide_version(*found->mutable_call(), who);
        return found;
      });
}

void register_call_change(guarded_server& server, const backend_ptr& b) {
  server.add<ChangeCallRequest, ChangeCallResponse>(
      "postroom.admin.v1.CallsService/Change", [b](const ChangeCallRequest& r, const caller& who) {
        auto done = change_call(*b, in_name_of(who, r), who.from());
        if (!done) return done;
        hide_contents(*done, who);
        hide_version(*done->mutable_call(), who);
        return done;
      });
}

void register_reads(guarded_server& server, const backend_ptr& b) {
  register_calls(server, b);
  add_read(server, b, "QuarantineService/List", QUARANTINE, list_quarantine);
  add_read(server, b, "QuarantineService/Get", QUARANTINE, get_quarantine);
  add_read(server, b, "OutboxService/List", OUTBOX, list_outbox);
  server.add<CallHistoryRequest, CallHistoryResponse>(
      "postroom.admin.v1.CallsService/History",
      [b](const CallHistoryRequest& r, const caller& who) {
        return call_history(visible(b->units, who, {VIEW_CALLS}), r, who);
      });
  server.add<GetRawRequest, GetRawResponse>(
      "postroom.admin.v1.CallsService/GetRaw", [b](const GetRawRequest& r, const caller& who) {
        return get_raw(visible(b->units, who, {VIEW_CALLS, QUARANTINE}), r, who);
      });
  server.add<GetHtmlRequest, GetHtmlResponse>(
      "postroom.admin.v1.CallsService/GetHtml", [b](const GetHtmlRequest& r, const caller& who) {
        return get_html(visible(b->units, who, {VIEW_CALLS}), r, who);
      });
  server.add<GetAttachmentRequest, GetAttachmentResponse>(
      "postroom.admin.v1.CallsService/GetAttachment",
      [b](const GetAttachmentRequest& r, const caller& who) {
        return get_attachment(visible(b->units, who, {VIEW_CALLS}), r, who);
      });
  server.add<GetLedgerRequest, GetLedgerResponse>(
      "postroom.admin.v1.LedgerService/Get", [b](const GetLedgerRequest& r, const caller& who) {
        auto ledger = get_ledger(visible(b->units, who, {VIEW_CALLS}), r);
        if (ledger) add_live(b->board(), *ledger);
        return ledger;
      });
  add_read(server, b, "LedgerService/Explain", VIEW_CALLS, explain);
  server.add<GetStatusRequest, GetStatusResponse>(
      "postroom.admin.v1.StatusService/Get", [b](const GetStatusRequest& r, const caller& who) {
        return visible_status(b->status(), r, who);
      });
}

void register_changes(guarded_server& server, const backend_ptr& b) {
  register_call_change(server, b);
  add_change(server, b, "OutboxService/Retry", retry_outbox);
  add_change(server, b, "OutboxService/Cancel", cancel_outbox);
  add_change(server, b, "QuarantineService/Discard", discard_quarantine);
  add_change(server, b, "QuarantineService/Reprocess", reprocess_quarantine);
}

void register_audit(guarded_server& server, const backend_ptr& b) {
  server.add<ListAuditRequest, ListAuditResponse>(
      "postroom.admin.v1.AuditService/List",
      [b](const ListAuditRequest& r, const caller& who) { return list_audit(*b, r, who); });
  server.add<VerifyAuditRequest, VerifyAuditResponse>(
      "postroom.admin.v1.AuditService/Verify",
      [b](const VerifyAuditRequest& r, const caller&) { return verify_audit(*b, r); });
  server.add<AuditHeadRequest, AuditHeadResponse>(
      "postroom.admin.v1.AuditService/Head",
      [b](const AuditHeadRequest&, const caller&) { return audit_heads(*b); });
}

void register_secrets(guarded_server& server, const backend_ptr& b) {
  server.add<ListSecretsRequest, ListSecretsResponse>(
      "postroom.admin.v1.SecretsService/List", [b](const ListSecretsRequest& r, const caller& who) {
        auto answer = list_secrets(*b, r);
        if (answer && !who.may_everywhere(SYSTEM_SETUP)) hide_keys(*answer);
        return answer;
      });
  server.add<PutSecretRequest, PutSecretResponse>(
      "postroom.admin.v1.SecretsService/Put", [b](const PutSecretRequest& r, const caller& who) {
        auto answer = put_secret(*b, in_name_of(who, r), who.from());
        if (answer && !who.may_everywhere(SYSTEM_SETUP)) hide_keys(*answer);
        return answer;
      });
  add_change(server, b, "SecretsService/Remove", remove_secret);
  add_change(server, b, "SecretsService/Rotate", rotate_secrets);
}

void register_oauth(guarded_server& server, const backend_ptr& b) {
  server.add<ListOAuthRequest, ListOAuthResponse>(
      "postroom.admin.v1.OAuthService/List",
      [b](const ListOAuthRequest& r, const caller&) { return list_oauth(*b, r); });
  add_change(server, b, "OAuthService/Begin", begin_oauth);
  add_change(server, b, "OAuthService/Finish", finish_oauth);
  add_change(server, b, "OAuthService/Forget", forget_oauth);
}

void register_settings(guarded_server& server, const backend_ptr& b) {
  server.add<CheckRequest, CheckResponse>(
      "postroom.admin.v1.SettingsService/Check",
      [b](const CheckRequest& r, const caller&) { return b->check(r); });
  server.add<ApplyRequest, ApplyResponse>("postroom.admin.v1.SettingsService/Apply",
                                          [b](const ApplyRequest& r, const caller& who) {
                                            return b->apply(in_name_of(who, r), who.from());
                                          });
  server.add<RollBackRequest, ApplyResponse>("postroom.admin.v1.SettingsService/RollBack",
                                             [b](const RollBackRequest& r, const caller& who) {
                                               return b->roll_back(in_name_of(who, r), who.from());
                                             });
  server.add<ListVersionsRequest, ListVersionsResponse>(
      "postroom.admin.v1.SettingsService/ListVersions",
      [b](const ListVersionsRequest& r, const caller&) {
        return list_versions(*b->settings(), r);
      });
  server.add<DiffRequest, DiffResponse>(
      "postroom.admin.v1.SettingsService/Diff",
      [b](const DiffRequest& r, const caller&) { return diff(*b->settings(), r); });
}

}  // namespace

admin_gate make_gate(const admin_backend& backend) {
  return admin_gate{backend.access,
                    [units = backend.units, board = backend.board](const std::string& mailbox) {
                      auto part = partition_of_mailbox(units, mailbox);
                      return part ? part : partition_polling(board(), mailbox);
                    }};
}

void register_admin(guarded_server& server, admin_backend backend) {
  const auto b = std::make_shared<const admin_backend>(std::move(backend));
  register_reads(server, b);
  register_changes(server, b);
  register_audit(server, b);
  register_secrets(server, b);
  if (b->oauth) register_oauth(server, b);
  register_settings(server, b);
  register_access(server, b);
  if (b->trials) register_trials(server, *b->trials);
  if (b->trials) register_rules(server, *b->trials);
}

void register_admin(api::connect_server& open_server, admin_backend backend) {
  guarded_server server{open_server, make_gate(backend)};
  register_admin(server, std::move(backend));
}

}  // namespace postroom::app

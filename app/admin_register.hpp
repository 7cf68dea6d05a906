#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "access/registry.hpp"
#include "actors/messages.hpp"
#include "api/connect_server.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_pages.hpp"
#include "app/trials.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::secrets {
class vault;
}

namespace postroom::app {
class oauth_table;

/// What the admin methods stand on. All are called on the admin server's threads, several at a
/// time, may block, and must end by themselves.
struct admin_backend {
  open_units units;
  std::function<result<admin::v1::CheckResponse>(const admin::v1::CheckRequest&)> check;
  std::function<result<admin::v1::ApplyResponse>(const admin::v1::ApplyRequest&,
                                                 const std::string& from)>
      apply;
  std::function<result<admin::v1::GetStatusResponse>()> status;
  /// The same without what must be counted on the disk: for a look at the mailboxes.
  std::function<result<admin::v1::GetStatusResponse>()> board;
  std::function<result<admin::v1::ApplyResponse>(const admin::v1::RollBackRequest&,
                                                 const std::string& from)>
      roll_back;
  std::function<std::shared_ptr<storage::unit_store>()> settings;  ///< where the versions are
  /// Both give the entry as it is on disk afterwards.
  std::function<result<record::v1::OutboxEntry>(const actors::change_outbox&)> change_outbox;
  std::function<result<record::v1::QuarantineEntry>(const actors::discard_mail&)> discard;
  std::function<result<actors::call_changed>(const actors::change_call&)> change_call = {};
  /// Where all units are, for what concerns the whole node.
  std::function<std::shared_ptr<storage::engine>()> engine = {};
  /// The configuration as it is stored.
  std::function<result<config::v1::Settings>()> settings_now = {};
  std::function<secrets::vault*()> vault = {};
  std::function<oauth_table*()> oauth = {};
  bool over_https = true;  ///< is served to browsers too, which may come back from a provider
  /// Lets the servers that use a secret of this partition start anew.
  std::function<void(const partition_id&)> secret_changed = {};
  /// Outlives the server. Null: only the operator of the machine gets in.
  access::registry* access = nullptr;
  std::function<result<actors::mail_reprocessed>(const actors::reprocess_mail&)> reprocess;
  /// Of trials and of reprocessing many mails.
  std::shared_ptr<trial_gate> gate = std::make_shared<trial_gate>();
  std::optional<trials_backend> trials{};  ///< none: TrialsService is not there
};

/// Registers every method of postroom.admin.v1. Before the server starts.
void register_admin(api::connect_server& server, admin_backend backend);
/// The same behind a gate of the caller's own.
void register_admin(guarded_server& server, admin_backend backend);
/// The gate of these stores and principals.
admin_gate make_gate(const admin_backend& backend);

}  // namespace postroom::app

#pragma once

#include <functional>
#include <optional>

#include "actors/messages.hpp"
#include "api/connect_server.hpp"
#include "app/admin_pages.hpp"
#include "app/trials.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// What the admin methods stand on. All are called on the admin server's threads, several at a
/// time, may block, and must end by themselves.
struct admin_backend {
  open_units units;
  std::function<result<admin::v1::CheckResponse>(const admin::v1::CheckRequest&)> check;
  std::function<result<admin::v1::ApplyResponse>(const admin::v1::ApplyRequest&)> apply;
  std::function<result<admin::v1::GetStatusResponse>()> status;
  /// Both give the entry as it is on disk afterwards.
  std::function<result<record::v1::OutboxEntry>(const actors::change_outbox&)> change_outbox;
  std::function<result<record::v1::QuarantineEntry>(const actors::discard_mail&)> discard;
  std::function<result<actors::mail_reprocessed>(const actors::reprocess_mail&)> reprocess;
  std::optional<trials_backend> trials{};  ///< none: TrialsService is not there
};

/// Registers every method of postroom.admin.v1. Before the server starts.
void register_admin(api::connect_server& server, admin_backend backend);

}  // namespace postroom::app

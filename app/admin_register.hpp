#pragma once

#include <functional>

#include "access/registry.hpp"
#include "actors/messages.hpp"
#include "api/connect_server.hpp"
#include "app/admin_gate.hpp"
#include "app/admin_pages.hpp"
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
  /// Outlives the server. Null: only the operator of the machine gets in.
  access::registry* access = nullptr;
};

/// Registers every method of postroom.admin.v1. Before the server starts.
void register_admin(api::connect_server& server, admin_backend backend);
/// The same behind a gate of the caller's own.
void register_admin(guarded_server& server, admin_backend backend);
/// The gate of these stores and principals.
admin_gate make_gate(const admin_backend& backend);

}  // namespace postroom::app

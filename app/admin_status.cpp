#include "app/admin_status.hpp"

#include <algorithm>

namespace postroom::app {

using namespace admin::v1;

result<GetStatusResponse> visible_status(result<GetStatusResponse> all,
                                         const GetStatusRequest& request,
                                         const access::caller& who) {
  if (!all) return all;
  if (!who.may_everywhere(VIEW_STATUS)) all->clear_settings_version();
  auto& parts = *all->mutable_partitions();
  const auto& wanted = request.partition();
  parts.erase(std::remove_if(parts.begin(), parts.end(),
                             [&](const PartitionStatus& p) {
                               return !who.may(VIEW_STATUS, p.id()) ||
                                      (!wanted.empty() && p.id() != wanted);
                             }),
              parts.end());
  if (wanted.empty() || !parts.empty()) return all;
  return fail(ec::not_found,
              "there is no partition " + wanted + "; `postroom status` lists what there is");
}

void add_live(const result<GetStatusResponse>& status, GetLedgerResponse& ledger) {
  if (!status) return;
  for (const auto& part : status->partitions())
    for (const auto& box : part.mailboxes())
      if (part.id() == ledger.partition() && box.name() == ledger.state().mailbox())
        *ledger.mutable_live() = box;
}

std::optional<std::string> partition_polling(const result<GetStatusResponse>& status,
                                             const std::string& mailbox) {
  if (!status) return {};
  for (const auto& part : status->partitions())
    for (const auto& box : part.mailboxes())
      if (box.name() == mailbox) return part.id();
  return {};
}

}  // namespace postroom::app

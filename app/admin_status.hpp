#pragma once

#include <optional>
#include <string>

#include "access/caller.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// How things stand now, for those who may see it.
namespace postroom::app {

/// Only the partitions where the caller has VIEW_STATUS, or the one asked for. The version of the
/// settings tells of changes in all partitions, so it is for who may see all. Errors: not_found.
result<admin::v1::GetStatusResponse> visible_status(result<admin::v1::GetStatusResponse> all,
                                                    const admin::v1::GetStatusRequest& request,
                                                    const access::caller& who);

/// Adds how the mailbox of the ledger stands now, when its partition polls it.
void add_live(const result<admin::v1::GetStatusResponse>& status,
              admin::v1::GetLedgerResponse& ledger);

/// The partition that polls this mailbox now.
std::optional<std::string> partition_polling(const result<admin::v1::GetStatusResponse>& status,
                                             const std::string& mailbox);

}  // namespace postroom::app

#pragma once

#include "access/caller.hpp"
#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// Everything that is known to have happened with a call, in the order of time. What the audit adds
/// is only for callers who may read it. Errors: those of `find_call`.
result<admin::v1::CallHistoryResponse> call_history(const open_units& units,
                                                    const admin::v1::CallHistoryRequest& request,
                                                    const access::caller& caller);

}  // namespace postroom::app

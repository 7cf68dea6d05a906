#pragma once

#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// What was done with a mail, step by step, with the evidence of each step, from what was stored
/// when it was decided. Blocks on the disk. Errors: config_invalid (not exactly one way to name a
/// mail), not_found, corrupt_record, those of the store.
result<admin::v1::ExplainResponse> explain(const open_units& units,
                                           const admin::v1::ExplainRequest& request);

}  // namespace postroom::app

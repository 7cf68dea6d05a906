#pragma once

#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// The ledger's entry of the mail that a request names. Errors: as of `explain`.
result<record::v1::LedgerEntry> find_explained(const open_unit& unit,
                                               const admin::v1::ExplainRequest& request);

}  // namespace postroom::app

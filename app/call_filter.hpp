#pragma once

#include <functional>

#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// Says whether a list wants a call. Empty when it wants all.
std::function<bool(const record::v1::Call&)> wanted_calls(
    const admin::v1::ListCallsRequest& request);

}  // namespace postroom::app

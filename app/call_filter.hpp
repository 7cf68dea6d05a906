#pragma once

#include <functional>

#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {

/// Says whether a list wants a call. Empty when it wants all. Errors: config_invalid, a value that
/// no call can have.
result<std::function<bool(const record::v1::Call&)>> wanted_calls(
    const admin::v1::ListCallsRequest& request);

}  // namespace postroom::app

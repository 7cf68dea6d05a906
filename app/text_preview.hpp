#pragma once

#include "access/caller.hpp"
#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/partitions.pb.h"

namespace postroom::app {

/// A text of the partition as a person would get it: the one of the request, else the saved one;
/// with made-up values, or those of a call for who may view it. A text with problems is not filled
/// in. Blocks on the store where a call is named. Errors: config_invalid (event, audience, language
/// or call are no such thing), not_found (no text, no call), forbidden (VIEW_CALLS), those of the
/// store.
result<admin::v1::PreviewTextResponse> preview_text(const config::v1::Partition& partition,
                                                    const config::v1::General& general,
                                                    const open_units& units,
                                                    const admin::v1::PreviewTextRequest& request,
                                                    const access::caller& who);

}  // namespace postroom::app

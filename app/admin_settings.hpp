#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"
#include "storage/store.hpp"

/// The admin methods of the configuration: what they ask the actors for, how the answers look, and
/// what is read straight from the stored versions. `from` is the address of who asks.
namespace postroom::app {

std::shared_ptr<const actors::change_settings> wanted_change(const admin::v1::CheckRequest& r);
std::shared_ptr<const actors::change_settings> wanted_change(const admin::v1::ApplyRequest& r,
                                                             const std::string& from);
std::shared_ptr<const actors::change_settings> wanted_change(const admin::v1::RollBackRequest& r,
                                                             const std::string& from);

admin::v1::CheckResponse to_check_response(const actors::change_applied& done);
admin::v1::ApplyResponse to_apply_response(const actors::change_applied& done);

/// The versions, newest first, page by page; a page may be shorter than asked for and still name a
/// next one. Blocks on the disk. Errors: config_invalid (the token is none of ours), store errors.
result<admin::v1::ListVersionsResponse> list_versions(const storage::unit_store& store,
                                                      const admin::v1::ListVersionsRequest& r);

/// What differs between two stored versions. Blocks on the disk. Errors: not_found names the
/// version, store errors.
result<admin::v1::DiffResponse> diff(const storage::unit_store& store,
                                     const admin::v1::DiffRequest& r);

}  // namespace postroom::app

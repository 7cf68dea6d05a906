#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"
#include "storage/store.hpp"

/// How long whole configurations are kept to go back to. Blocks on the disk.
namespace postroom::actors {

/// What the setting says, or its default.
uint64_t kept_versions(const config::v1::General& general);

/// Adds to the commit of version `newest` that configurations go which are neither among the newest
/// `keep` nor the last of their day (UTC): so nobody who makes many changes takes yesterday's
/// configuration away. At most a few go at once. What is known of a version, and the audit, stay.
/// Errors: those of the store, corrupt_record.
result<void> prune_versions(const storage::unit_store& store, uint64_t newest, uint64_t keep,
                            storage::write_batch& batch);

}  // namespace postroom::actors

#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "storage/rocks_shared.hpp"

namespace rocksdb {
class DB;
}

namespace postroom::storage {

/// Opens or makes the database in `folder`. A folder that holds data but has lost the file that
/// lists them is refused instead of begun anew over them. Errors: store_io, no_space,
/// corrupt_record.
result<std::shared_ptr<rocksdb::DB>> open_database(const std::filesystem::path& folder,
                                                   const rocks_shared& shared);

/// Whether the disk takes as much as opening the database again may write, and syncs it. Errors:
/// store_io, no_space.
result<void> probe_disk(const std::filesystem::path& folder, const rocks_shared& shared);

}  // namespace postroom::storage

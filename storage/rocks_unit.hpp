#pragma once

#include <filesystem>
#include <memory>

#include "storage/rocks_shared.hpp"

namespace postroom::storage {

/// Opens or makes the RocksDB in `folder`; destroying the unit closes it. One at a time per folder.
/// Errors: store_io, no_space, corrupt_record.
result<std::unique_ptr<flushable_unit>> open_rocks_unit(const std::filesystem::path& folder,
                                                        std::shared_ptr<const rocks_shared> shared);

}  // namespace postroom::storage

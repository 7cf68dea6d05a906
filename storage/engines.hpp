#pragma once

#include <filesystem>
#include <memory>

#include "storage/store.hpp"

namespace postroom::storage {

/// Keeps everything in memory; for tests. Passes the same contract suite as RocksDB, but for
/// durability.
std::unique_ptr<engine> make_memory_engine();

struct rocks_options {
  std::size_t block_cache_bytes = 32u << 20;   ///< shared by all units
  std::size_t write_buffer_bytes = 48u << 20;  ///< all memtables of all units together
  std::size_t unit_write_buffer_bytes = 8u << 20;
  std::size_t blob_from_bytes = 4096;  ///< values from this size go to blob files, zstd-compressed
};

/// One RocksDB per unit under `root`, sharing cache, write-buffer budget and background threads.
/// Errors: store_io, no_space, corrupt_record.
result<std::unique_ptr<engine>> make_rocks_engine(const std::filesystem::path& root,
                                                  const rocks_options& opts = {});

}  // namespace postroom::storage

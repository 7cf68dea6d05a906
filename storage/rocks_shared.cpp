#include "storage/rocks_shared.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace postroom::storage {
namespace {

/// Open files per unit, so that thousands of blob files do not use up the process's descriptors.
constexpr int open_files_per_unit = 256;

/// Leaves the repair of a unit that refuses writes to the unit: it tries at the next write, RocksDB
/// by itself only every few seconds. What merely stops compactions RocksDB still clears alone.
class repair_is_ours final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason reason, rocksdb::Status,
                            bool* by_itself) override {
    if (reason != rocksdb::BackgroundErrorReason::kCompaction) *by_itself = false;
  }
};

rocksdb::CompressionType best_of(std::initializer_list<rocksdb::CompressionType> wanted) {
  auto built_in = rocksdb::GetSupportedCompressions();
  for (auto type : wanted)
    if (std::find(built_in.begin(), built_in.end(), type) != built_in.end()) return type;
  return rocksdb::kNoCompression;
}

void set_files_and_threads(rocksdb::Options& out) {
  out.create_if_missing = true;
  out.max_open_files = open_files_per_unit;
  out.max_background_jobs = 2;
  out.bytes_per_sync = 1u << 20;  // write back as we go, not in one burst at the sync
  out.wal_bytes_per_sync = 1u << 20;
  out.writable_file_max_buffer_size = 256u << 10;
  out.info_log_level = rocksdb::WARN_LEVEL;
  out.max_log_file_size = 1u << 20;
  out.keep_log_file_num = 2;
  out.stats_dump_period_sec = 0;
  out.stats_persist_period_sec = 0;
  out.skip_stats_update_on_db_open = true;
  out.listeners.push_back(std::make_shared<repair_is_ours>());
}

void set_memory(rocksdb::Options& out, const rocks_options& opts) {
  out.write_buffer_size = opts.unit_write_buffer_bytes;
  out.max_write_buffer_number = 2;   // one filling, one being flushed; writers wait for a third
  out.arena_block_size = 64u << 10;  // an idle unit takes no more of the shared budget than this
  out.max_total_wal_size = 4 * opts.unit_write_buffer_bytes;
}

void set_blobs(rocksdb::Options& out, const rocks_options& opts) {
  out.enable_blob_files = true;
  out.min_blob_size = opts.blob_from_bytes;
  out.blob_compression_type = best_of({rocksdb::kZSTD, rocksdb::kLZ4Compression});
  out.enable_blob_garbage_collection = true;
  // Every compaction copies what lives in the oldest blob files, garbage or not, and mails are
  // hardly ever deleted: at RocksDB's default of a quarter that took a sixth of an ingest's CPU.
  out.blob_garbage_collection_age_cutoff = 0.05;
  out.blob_garbage_collection_force_threshold = 0.5;  // rewrite when half of the oldest is garbage
}

rocksdb::BlockBasedTableOptions table_options(std::shared_ptr<rocksdb::Cache> cache) {
  rocksdb::BlockBasedTableOptions out;
  out.block_cache = std::move(cache);
  out.cache_index_and_filter_blocks = true;  // inside the cache's limit instead of beside it
  out.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  return out;
}

}  // namespace

rocks_shared::rocks_shared(const rocks_options& opts, rocksdb::Env* env)
    : opts_(opts),
      env_(env ? env : rocksdb::Env::Default()),
      cache_(rocksdb::NewLRUCache(opts.block_cache_bytes, 2)),
      budget_(std::make_shared<memtable_budget>(opts.write_buffer_bytes)) {
  env_->SetBackgroundThreads(1, rocksdb::Env::HIGH);
  env_->SetBackgroundThreads(1, rocksdb::Env::LOW);
}

rocksdb::Options rocks_shared::options_of_a_unit() const {
  rocksdb::Options out;
  out.env = env_;
  out.write_buffer_manager = budget_->counter();
  out.compression = best_of({rocksdb::kLZ4Compression, rocksdb::kZSTD});
  out.level_compaction_dynamic_level_bytes = true;
  set_files_and_threads(out);
  set_memory(out, opts_);
  set_blobs(out, opts_);
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(cache_)));
  return out;
}

}  // namespace postroom::storage

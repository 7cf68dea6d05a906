#pragma once

#include <memory>

#include "storage/engines.hpp"
#include "storage/memtable_budget.hpp"

namespace rocksdb {
class Cache;
class Env;
struct Options;
}  // namespace rocksdb

namespace postroom::storage {

/// What all units of one engine share: block cache, write-buffer budget, environment (files and
/// background threads).
class rocks_shared {
 public:
  /// `env` outlives every unit; null means the machine's own. Tests give one that fails on purpose.
  rocks_shared(const rocks_options& opts, rocksdb::Env* env);
  [[nodiscard]] rocksdb::Options options_of_a_unit() const;
  [[nodiscard]] memtable_budget& budget() const { return *budget_; }

 private:
  rocks_options opts_;
  rocksdb::Env* env_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<memtable_budget> budget_;
};

/// make_rocks_engine with an environment of the caller's.
result<std::unique_ptr<engine>> make_rocks_engine_on(const std::filesystem::path& root,
                                                     const rocks_options& opts, rocksdb::Env* env);

}  // namespace postroom::storage

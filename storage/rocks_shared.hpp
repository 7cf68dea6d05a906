#pragma once

#include <memory>

#include "storage/engines.hpp"

namespace rocksdb {
class Cache;
class Env;
class WriteBufferManager;
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

 private:
  rocks_options opts_;
  rocksdb::Env* env_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<rocksdb::WriteBufferManager> budget_;
};

/// make_rocks_engine with an environment of the caller's.
result<std::unique_ptr<engine>> make_rocks_engine_on(const std::filesystem::path& root,
                                                     const rocks_options& opts, rocksdb::Env* env);

}  // namespace postroom::storage

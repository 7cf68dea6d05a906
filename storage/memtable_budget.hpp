#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/store.hpp"

namespace rocksdb {
class WriteBufferManager;
}

namespace postroom::storage {

/// A unit that can be told to write down what it holds in memory.
class flushable_unit : public unit_store {
 public:
  /// When it was last written, by the budget's tick.
  [[nodiscard]] virtual uint64_t last_write() const = 0;
  /// Bytes in the memtable that is being filled.
  [[nodiscard]] virtual std::size_t unflushed() const = 0;
  /// Waits until it is on disk, or only asks for it. A failure is told by the unit's next write.
  virtual void flush(bool wait) = 0;
};

/// Keeps the memtables of all units together within a limit. RocksDB's own manager only ever
/// flushes the unit that is just being written: units that fell silent would keep their share, and
/// the busy ones flush crumbs for it. Thread-safe.
class memtable_budget {
 public:
  explicit memtable_budget(std::size_t limit);
  /// Give this to every unit: it counts.
  [[nodiscard]] const std::shared_ptr<rocksdb::WriteBufferManager>& counter() const {
    return counter_;
  }
  void add(const std::shared_ptr<flushable_unit>& unit);
  /// Counts a write; gives its number.
  uint64_t tick() { return ++ticks_; }
  /// After each write and with no lock held: flushes a unit when much is unflushed, and waits for
  /// it, thus holding the writer back, when flushing does not keep up. It takes the unit with the
  /// most bytes times writes elsewhere since its own last one: a silent unit is flushed once and
  /// stays so.
  void relieve();

 private:
  std::shared_ptr<flushable_unit> worthiest();

  const std::size_t limit_;
  const std::shared_ptr<rocksdb::WriteBufferManager> counter_;
  std::atomic<uint64_t> ticks_{0};
  std::mutex mutex_;
  std::vector<std::weak_ptr<flushable_unit>> units_;
};

}  // namespace postroom::storage

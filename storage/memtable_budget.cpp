#include "storage/memtable_budget.hpp"

#include <rocksdb/write_buffer_manager.h>

namespace postroom::storage {

// The manager gets a limit it is not meant to reach: it counts, and is there should a unit escape
// us.
memtable_budget::memtable_budget(std::size_t limit)
    : limit_(limit), counter_(std::make_shared<rocksdb::WriteBufferManager>(2 * limit)) {}

void memtable_budget::add(const std::shared_ptr<flushable_unit>& unit) {
  std::lock_guard lock{mutex_};
  std::erase_if(units_, [](const auto& known) { return known.expired(); });
  units_.push_back(unit);
}

void memtable_budget::relieve() {
  if (counter_->mutable_memtable_memory_usage() < limit_ / 4 * 3) return;
  bool behind = counter_->memory_usage() > limit_;
  if (auto unit = worthiest()) unit->flush(behind);
}

std::shared_ptr<flushable_unit> memtable_budget::worthiest() {
  std::vector<std::shared_ptr<flushable_unit>> units;
  {
    std::lock_guard lock{mutex_};
    for (const auto& known : units_)
      if (auto unit = known.lock()) units.push_back(std::move(unit));
  }
  std::shared_ptr<flushable_unit> out;
  const uint64_t now = ticks_;
  uint64_t most = 0;
  for (auto& unit : units) {
    auto last = unit->last_write();
    auto silence = now > last ? now - last : 0;
    if (auto worth = unit->unflushed() * (silence + 1); worth > most) {
      most = worth;
      out = unit;
    }
  }
  return out;
}

}  // namespace postroom::storage

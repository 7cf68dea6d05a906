#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "storage/store.hpp"

namespace postroom::actors {

/// The units of the partitions that run now, for those who only read. Thread-safe.
class open_units {
 public:
  using map = std::map<std::string, std::shared_ptr<storage::unit_store>>;
  void add(const std::string& partition, std::shared_ptr<storage::unit_store> store) {
    std::lock_guard lock{mutex_};
    units_[partition] = std::move(store);
  }
  void remove(const std::string& partition) {
    std::lock_guard lock{mutex_};
    units_.erase(partition);
  }
  [[nodiscard]] map all() const {
    std::lock_guard lock{mutex_};
    return units_;
  }

 private:
  mutable std::mutex mutex_;
  map units_;
};

}  // namespace postroom::actors

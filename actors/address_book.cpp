#include "actors/address_book.hpp"

#include <algorithm>

namespace postroom::actors {

void address_book::put(const config::v1::Partition& partition) {
  auto own = std::make_shared<const partitions::own_addresses>(partition);
  std::lock_guard lock{mutex_};
  by_partition_[partition.id()].swap(own);  // the old one goes after the lock
}

void address_book::remove(const std::string& partition) {
  std::lock_guard lock{mutex_};
  by_partition_.erase(partition);
}

bool address_book::has(const partition_id& partition) const {
  std::lock_guard lock{mutex_};
  return by_partition_.contains(partition.value);
}

bool address_book::contains(const std::string& folded) const {
  std::lock_guard lock{mutex_};
  return std::any_of(by_partition_.begin(), by_partition_.end(),
                     [&](const auto& p) { return p.second->contains(folded); });
}

}  // namespace postroom::actors

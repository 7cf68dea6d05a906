#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "partitions/model.hpp"

namespace postroom::actors {

/// The partitions of a node and their addresses, which none of them answers. The models of all
/// share it, so a change in one partition costs the others nothing. Thread-safe.
class address_book {
 public:
  void put(const config::v1::Partition& partition);
  void remove(const std::string& partition);
  /// `folded` as partitions::fold_address gives it.
  [[nodiscard]] bool contains(const std::string& folded) const;
  [[nodiscard]] bool has(const partition_id& partition) const;

 private:
  mutable std::mutex mutex_;  ///< held for moments: a look into a table per partition
  std::map<std::string, std::shared_ptr<const partitions::own_addresses>> by_partition_;
};

}  // namespace postroom::actors

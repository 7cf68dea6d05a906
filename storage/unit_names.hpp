#pragma once

#include <string>

#include "base/ids.hpp"

/// What the units of a node are called, in the store and in the audit.
namespace postroom::storage {

inline const std::string settings_unit = "settings";
inline const std::string directory_unit = "directory";
inline const std::string access_unit = "access";
inline const std::string secrets_unit = "secrets";

inline std::string partition_unit(const partition_id& partition) {
  return "partition-" + partition.value;
}

}  // namespace postroom::storage

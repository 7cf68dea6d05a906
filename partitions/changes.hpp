#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "postroom/admin/v1/admin.pb.h"
#include "postroom/config/v1/config.pb.h"

/// What differs between two configurations.
namespace postroom::partitions {

inline constexpr std::size_t max_changes = 2000;

struct change_list {
  std::vector<admin::v1::Change> changes;
  uint64_t total = 0;  ///< with those left out
};

/// Every field that differs, the general settings first, then partition by partition in the order
/// of their ids, fields in the order of the schema. Items of lists are matched by their name (the
/// first field of their message; a word is its own name), so an inserted item is one change, and a
/// new order of the same items is one as well. At most `limit` are kept, all are counted. Values
/// are shortened to fit a line; a secret that is no reference is never shown. Pure.
change_list changes_between(const config::v1::Settings& before, const config::v1::Settings& after,
                            std::size_t limit = max_changes);

/// One line: "~ IT incoming[it-inbox].port: 993 -> 1993", "+ HR: name: Human Resources". Pure.
std::string render_change(const admin::v1::Change& change);

/// The same in short, one line per partition and without values: "partition IT: incoming,
/// templates". Pure.
std::vector<std::string> differences(const config::v1::Settings& before,
                                     const config::v1::Settings& after);

}  // namespace postroom::partitions

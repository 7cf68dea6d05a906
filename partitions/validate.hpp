#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postroom/config/v1/config.pb.h"

namespace postroom::partitions {

/// One thing wrong: where (a path like "incoming[0].call_template"), what, and what to do.
struct problem {
  std::string
      partition;  ///< its id, or "#2" for the second when it has none; empty: the general settings
  std::string path;
  std::string what;
  std::string remedy;
  bool across = false;  ///< `what` or `remedy` tells of another partition
  bool operator==(const problem&) const = default;
};

/// Everything wrong with a whole configuration, at once, partition by partition, in the order of
/// the schema. Empty: it may be used. Pure.
std::vector<problem> validate(const config::v1::Settings& settings);

/// Everything wrong with one text of a partition; its fields stand below `path`. Pure.
std::vector<problem> validate_text(const std::string& partition, const std::string& path,
                                   const config::v1::MailText& text);

/// Whether a partition may be called so: 1 to 12 of A-Z, 0-9 and -, beginning with a letter or
/// digit.
bool is_partition_id(std::string_view id);

}  // namespace postroom::partitions

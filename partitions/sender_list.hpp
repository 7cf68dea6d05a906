#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>
#include <unordered_set>

namespace postroom::partitions {

/// Entries of a sender list, ready for looking up: ann@example.org, @example.org (that domain),
/// *.example.org (it and all below).
class sender_list {
 public:
  sender_list() = default;
  explicit sender_list(const google::protobuf::RepeatedPtrField<std::string>& entries);
  /// `folded` as fold_address gives it; an empty one is on no list.
  [[nodiscard]] bool has(const std::string& folded) const;

 private:
  std::unordered_set<std::string> x_addresses_, x_domains_, x_trees_;
};

}  // namespace postroom::partitions

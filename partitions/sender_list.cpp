#include "partitions/sender_list.hpp"

#include "partitions/model.hpp"

namespace postroom::partitions {

sender_list::sender_list(const google::protobuf::RepeatedPtrField<std::string>& entries) {
  for (const auto& entry : entries) {
    // A domain beyond ASCII is folded to its ASCII form only behind an @.
    if (entry.starts_with("*."))
      x_trees_.insert(fold_address("@" + entry.substr(2)).substr(1));
    else if (entry.starts_with('@'))
      x_domains_.insert(fold_address(entry).substr(1));
    else
      x_addresses_.insert(fold_address(entry));
  }
}

bool sender_list::has(const std::string& folded) const {
  const auto at = folded.rfind('@');
  if (at == std::string::npos) return false;
  if (x_addresses_.contains(folded)) return true;
  auto domain = folded.substr(at + 1);
  if (x_domains_.contains(domain)) return true;
  while (!x_trees_.empty()) {
    if (x_trees_.contains(domain)) return true;
    const auto dot = domain.find('.');
    if (dot == std::string::npos) break;
    domain.erase(0, dot + 1);
  }
  return false;
}

}  // namespace postroom::partitions

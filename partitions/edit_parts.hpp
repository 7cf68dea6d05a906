#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "partitions/edits.hpp"

/// The pieces edits are made of; for this room only.
namespace postroom::partitions {

/// "a, b, c", at most ten of them; "none".
template <class Items, class NameOf>
std::string names_of(const Items& items, NameOf name_of) {
  constexpr int most = 10;
  std::string out;
  int n = 0;
  for (const auto& item : items)
    if (n++ < most) out += (out.empty() ? "" : ", ") + std::string{name_of(item)};
  if (n > most) out += " and " + std::to_string(n - most) + " more";
  return n == 0 ? "none" : out;
}

/// The place of the item of this name; -1: there is none.
template <class Items>
int place_of(const Items& items, std::string_view name) {
  for (int i = 0; i < items.size(); ++i)
    if (items[i].name() == name) return i;
  return -1;
}

/// Runs `change` on the partition. Errors: not_found; those of `change`.
result<config::v1::Settings> in_partition(
    config::v1::Settings now, const std::string& id,
    const std::function<result<void>(config::v1::Partition&)>& change);

/// A configuration with nothing but what `keep` takes over from the partition into an empty one.
config::v1::Settings only(
    const config::v1::Settings& all, const std::string& id,
    const std::function<void(const config::v1::Partition& from, config::v1::Partition& to)>& keep);

/// Those of `found` that the partition may see; paths below `inside` ("incoming[2]") begin there.
std::vector<problem> seen_in(const std::string& partition, const std::string& inside,
                             std::vector<problem> found);

}  // namespace postroom::partitions

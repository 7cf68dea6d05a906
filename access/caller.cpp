#include "access/caller.hpp"

#include <algorithm>
#include <utility>

namespace postroom::access {
namespace {

bool within(const extent& wanted, const extent& held) {
  if (held.everywhere) return true;
  return !wanted.everywhere && std::includes(held.partitions.begin(), held.partitions.end(),
                                             wanted.partitions.begin(), wanted.partitions.end());
}

}  // namespace

void join(rights_map& held, const rights_map& more) {
  for (const auto& [what, where] : more) {
    auto& to = held[what];
    to.everywhere = to.everywhere || where.everywhere;
    to.partitions.insert(where.partitions.begin(), where.partitions.end());
  }
}

rights_map common(const rights_map& a, const rights_map& b) {
  rights_map out;
  for (const auto& [what, x] : a) {
    const auto found = b.find(what);
    if (found == b.end()) continue;
    const auto& y = found->second;
    auto& to = out[what];
    to.everywhere = x.everywhere && y.everywhere;
    for (const auto& part : x.partitions)
      if (y.everywhere || y.partitions.contains(part)) to.partitions.insert(part);
    if (x.everywhere) to.partitions.insert(y.partitions.begin(), y.partitions.end());
  }
  return out;
}

bool covers(const rights_map& held, const rights_map& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& w) {
    const auto found = held.find(w.first);
    return found == held.end() ? w.second == extent{} : within(w.second, found->second);
  });
}

rights_map all_rights() {
  rights_map out;
  for (int i = admin::v1::Right_MIN; i <= admin::v1::Right_MAX; ++i)
    if (i != admin::v1::RIGHT_UNSPECIFIED && admin::v1::Right_IsValid(i))
      out[static_cast<right>(i)].everywhere = true;
  return out;
}

caller::caller(std::string name, std::string from, rights_map rights, proof by,
               std::string credential)
    : name_(std::move(name)),
      from_(std::move(from)),
      rights_(std::move(rights)),
      by_(by),
      credential_(std::move(credential)) {}

caller caller::machine_operator(std::string name, std::string from) {
  return {std::move(name), std::move(from), all_rights(), proof::machine};
}

bool caller::may_everywhere(right what) const {
  const auto held = rights_.find(what);
  return held != rights_.end() && held->second.everywhere;
}

bool caller::may(right what, const std::string& partition) const {
  const auto held = rights_.find(what);
  return held != rights_.end() &&
         (held->second.everywhere || held->second.partitions.contains(partition));
}

bool caller::may_somewhere(right what) const {
  const auto held = rights_.find(what);
  return held != rights_.end() && (held->second.everywhere || !held->second.partitions.empty());
}

bool caller::may_all(const rights_map& wanted) const {
  return covers(rights_, wanted);
}

}  // namespace postroom::access

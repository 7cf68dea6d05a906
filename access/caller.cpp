#include "access/caller.hpp"

#include <utility>

namespace postroom::access {

caller::caller(std::string name, std::string from, std::map<right, extent> rights)
    : name_(std::move(name)), from_(std::move(from)), rights_(std::move(rights)) {}

caller caller::machine_operator(std::string name, std::string from) {
  caller out{std::move(name), std::move(from), {}};
  out.everything_ = true;
  return out;
}

bool caller::may_everywhere(right what) const {
  if (everything_) return true;
  const auto held = rights_.find(what);
  return held != rights_.end() && held->second.everywhere;
}

bool caller::may(right what, const std::string& partition) const {
  if (may_everywhere(what)) return true;
  const auto held = rights_.find(what);
  return held != rights_.end() && held->second.partitions.contains(partition);
}

bool caller::may_somewhere(right what) const {
  if (may_everywhere(what)) return true;
  const auto held = rights_.find(what);
  return held != rights_.end() && !held->second.partitions.empty();
}

}  // namespace postroom::access

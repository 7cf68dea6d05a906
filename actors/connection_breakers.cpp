#include "actors/connection_breakers.hpp"

#include <algorithm>

namespace postroom::actors {

namespace {

constexpr duration first_pause{5 * 60'000};  // doubled with each time more
constexpr duration longest_pause{6 * 3'600'000};

}  // namespace

bool connection_breakers::note(const std::string& mail, time_point now) {
  if (seen_.size() >= most && !seen_.contains(mail)) return false;
  auto& e = seen_[mail];
  if (++e.times <= by_chance) return false;
  const auto doubled = std::min(e.times - by_chance - 1, 10u);
  e.until = now + std::min(first_pause * (1 << doubled), longest_pause);
  return true;
}

std::optional<time_point> connection_breakers::left_alone_until(const std::string& mail,
                                                                time_point now) const {
  const auto found = seen_.find(mail);
  if (found == seen_.end() || found->second.until <= now) return std::nullopt;
  return found->second.until;
}

}  // namespace postroom::actors

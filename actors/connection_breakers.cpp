#include "actors/connection_breakers.hpp"

#include <algorithm>

namespace postroom::actors {

namespace {

constexpr duration first_pause{5 * 60'000};
constexpr duration longest_pause{6 * 3'600'000};

}  // namespace

duration pause_of_mail(unsigned tries) {
  return std::min(first_pause * (1 << std::min(tries, 10u)), longest_pause);
}

bool connection_breakers::note(const std::string& mail, time_point now) {
  if (seen_.size() >= most && !seen_.contains(mail)) return false;
  auto& e = seen_[mail];
  if (++e.times <= by_chance) return false;
  e.until = now + pause_of_mail(e.times - by_chance - 1);
  return true;
}

std::optional<time_point> connection_breakers::left_alone_until(const std::string& mail,
                                                                time_point now) const {
  const auto found = seen_.find(mail);
  if (found == seen_.end() || found->second.until <= now) return std::nullopt;
  return found->second.until;
}

}  // namespace postroom::actors

#include "access/sessions.hpp"

#include "base/digest.hpp"

namespace postroom::access {
namespace {

constexpr std::size_t max_sessions = 10'000;
constexpr std::size_t max_of_one = 16;

}  // namespace

std::string make_secret(const std::string& prefix, const random_fn& random) {
  return prefix + random_hex(random, 4);
}

std::string digest_of(const std::string& secret) {
  return sha256{}.update(secret).finish();
}

bool sessions::over(const session& s, time_point now) {
  return now >= s.since + session_longest || now >= s.used + session_idle;
}

void sessions::make_room(const std::string& principal, time_point now) {
  std::erase_if(by_digest_, [&](const auto& x) { return over(x.second, now); });
  std::size_t own = 0;
  auto oldest = by_digest_.end();
  auto oldest_own = by_digest_.end();
  for (auto i = by_digest_.begin(); i != by_digest_.end(); ++i) {
    if (oldest == by_digest_.end() || i->second.used < oldest->second.used) oldest = i;
    if (i->second.principal != principal) continue;
    ++own;
    if (oldest_own == by_digest_.end() || i->second.used < oldest_own->second.used) oldest_own = i;
  }
  if (own >= max_of_one)
    by_digest_.erase(oldest_own);
  else if (by_digest_.size() >= max_sessions)
    by_digest_.erase(oldest);
}

sessions::opened sessions::open(const std::string& principal, time_point now,
                                const random_fn& random) {
  auto secret = make_secret("prs_", random);
  std::lock_guard lock{mutex_};
  make_room(principal, now);
  by_digest_[digest_of(secret)] = {principal, now, now};
  return {std::move(secret), now + session_longest};
}

std::optional<std::string> sessions::principal_of(const std::string& digest, time_point now) {
  std::lock_guard lock{mutex_};
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return {};
  if (over(found->second, now)) {
    by_digest_.erase(found);
    return {};
  }
  found->second.used = now;
  return found->second.principal;
}

void sessions::close(const std::string& digest) {
  std::lock_guard lock{mutex_};
  by_digest_.erase(digest);
}

void sessions::close_all(const std::string& principal, const std::string& but) {
  std::lock_guard lock{mutex_};
  std::erase_if(by_digest_,
                [&](const auto& x) { return x.second.principal == principal && x.first != but; });
}

std::size_t sessions::size() const {
  std::lock_guard lock{mutex_};
  return by_digest_.size();
}

}  // namespace postroom::access

#include "app/lease_table.hpp"

#include <utility>

namespace postroom::app {

const lease_table::lease* lease_table::valid(const key& server) const {
  const auto found = leases_.find(server);
  return found == leases_.end() || found->second.until <= clock_() ? nullptr : &found->second;
}

result<void> lease_table::check_locked(const key& server, const std::string& who) const {
  const auto* held = valid(server);
  if (!held || held->holder == who) return {};
  return fail(ec::conflict, "the server " + std::get<2>(server) + " is opened by " + held->holder +
                                " until " + render_time(held->until) +
                                "; wait for that, ask them to close it, or take it over with a "
                                "reason");
}

void lease_table::forget_expired() {
  std::erase_if(leases_, [now = clock_()](const auto& e) { return e.second.until <= now; });
}

result<lease_table::lease> lease_table::open(const key& server, const std::string& who,
                                             const std::string& from) {
  std::lock_guard lock{mutex_};
  if (const auto* held = valid(server); !held || from.empty() || held->holder != from)
    if (auto free = check_locked(server, who); !free) return free.error();
  if (leases_.size() >= max_leases) forget_expired();
  if (leases_.size() >= max_leases && !leases_.contains(server))
    return fail(ec::overloaded, "too many servers are open at once; close some");
  auto& held = leases_[server];
  held = {who, clock_() + term};
  return held;
}

void lease_table::put_back(const key& server, const std::string& who, const lease& before) {
  std::lock_guard lock{mutex_};
  if (const auto* held = valid(server); held && held->holder == who) leases_[server] = before;
}

result<void> lease_table::close(const key& server, const std::string& who) {
  std::lock_guard lock{mutex_};
  if (auto own = check_locked(server, who); !own) return own;
  leases_.erase(server);
  return {};
}

std::optional<lease_table::lease> lease_table::holder(const key& server) const {
  std::lock_guard lock{mutex_};
  const auto* held = valid(server);
  return held ? std::optional{*held} : std::nullopt;
}

result<void> lease_table::check(const key& server, const std::string& who) const {
  std::lock_guard lock{mutex_};
  return check_locked(server, who);
}

}  // namespace postroom::app

#include "access/throttle.hpp"

#include <algorithm>

#include "base/peer_host.hpp"

namespace postroom::access {
namespace {

constexpr std::size_t max_known = 4096;
constexpr duration note_rest{60'000};

std::string pair_of(const std::string& name, const std::string& host) {
  return name + '\0' + host;
}

}  // namespace

duration failure_counts::wait(const std::string& key, time_point now) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second.failures < limits_.free) return duration{0};
  const auto doublings = std::min<uint64_t>(found->second.failures - limits_.free, 20);
  const auto pause = std::min(duration{1'000LL << doublings}, limits_.longest);
  return std::clamp(found->second.last + pause - now, duration{0}, limits_.longest);
}

void failure_counts::failed(const std::string& key, time_point now) {
  make_room(key, now);
  auto& c = by_key_[key];
  by_age_.erase({c.last, key});
  ++c.failures;
  c.last = now;
  by_age_.emplace(now, key);
}

void failure_counts::make_room(const std::string& key, time_point now) {
  const auto most = by_key_.contains(key) ? limits_.keys : limits_.keys - 1;
  while (!by_age_.empty() &&
         (by_key_.size() > most || by_age_.begin()->first + limits_.forget <= now)) {
    by_key_.erase(by_age_.begin()->second);
    by_age_.erase(by_age_.begin());
  }
}

void failure_counts::forgive(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  if (--found->second.failures == 0) forget(key);
}

void failure_counts::forget(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  by_age_.erase({found->second.last, key});
  by_key_.erase(found);
}

uint64_t refusal_notes::refused(const std::string& key, time_point now) {
  auto& c = by_key_[key];
  ++c.untold;
  if (c.noted && now < *c.noted + note_rest) return 0;
  c.noted = now;
  return std::exchange(c.untold, 0);
}

uint64_t refusal_notes::take(const std::string& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? 0 : std::exchange(found->second.untold, 0);
}

bool tried_names::first(const std::string& digest, time_point now) {
  while (!by_age_.empty() && (now >= by_age_.front().first + note_rest || by_age_.size() >= most)) {
    since_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
  if (!since_.emplace(digest, now).second) return false;
  by_age_.emplace_back(now, digest);
  return true;
}

duration sign_in_throttle::attempt(const std::string& name, const std::string& peer,
                                   time_point now) {
  const auto host = host_of(peer);
  const auto pair = pair_of(name, host);
  auto wait = pairs_.wait(pair, now);
  if (!known_.contains(pair))
    wait = std::max({wait, names_.wait(name, now), peers_.wait(host, now)});
  if (wait > duration{0}) return wait;
  pairs_.failed(pair, now);
  names_.failed(name, now);
  peers_.failed(host, now);
  return duration{0};
}

void sign_in_throttle::succeeded(const std::string& name, const std::string& peer, time_point now) {
  const auto host = host_of(peer);
  pairs_.forget(pair_of(name, host));
  names_.forgive(name);
  peers_.forgive(host);
  if (known_.size() >= max_known)
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
      return a.second < b.second;
    }));
  known_[pair_of(name, host)] = now;
}

}  // namespace postroom::access

#include "access/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace postroom::access {
namespace {

constexpr std::size_t max_known = 4096;

std::string pair_of(const std::string& name, const std::string& host) {
  return name + '\0' + host;
}

}  // namespace

std::string host_of(const std::string& peer) {
  const auto colon = peer.rfind(':');
  if (colon == std::string::npos) return peer;
  auto host = peer.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, host.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed))
    return host;
  std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(AF_INET6, &parsed, text, sizeof text) ? std::string{text} + "/64" : host;
}

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

#include "base/peer_host.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace postroom {

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

}  // namespace postroom

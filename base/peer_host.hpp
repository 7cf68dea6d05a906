#pragma once

#include <string>

namespace postroom {

/// The address of "host:port" without its port; of an IPv6 address the first 64 bits, which one
/// customer has all to themselves. What is no such pair stays as it is.
std::string host_of(const std::string& peer);

}  // namespace postroom

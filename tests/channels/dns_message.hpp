#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

/// Builds DNS messages byte by byte (RFC 1035 section 4), also ones that nobody should send.
namespace postroom::channels {

inline std::string two_bytes(unsigned n) {
  return {static_cast<char>(n >> 8 & 0xff), static_cast<char>(n & 0xff)};
}

/// "a.b" as labels, without compression.
inline std::string dns_name(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    out += static_cast<char>(dot - at) + name.substr(at, dot - at);
    at = dot + 1;
  }
  return out + '\0';
}

inline std::string dns_header(unsigned id, unsigned flags, unsigned questions, unsigned answers) {
  return two_bytes(id) + two_bytes(flags) + two_bytes(questions) + two_bytes(answers) +
         std::string(4, '\0');
}

inline constexpr unsigned dns_mx = 15;
inline constexpr unsigned dns_srv = 33;

/// An answer for the name of the question, which stands at byte 12.
inline std::string dns_record(unsigned type, const std::string& data, unsigned cls = 1) {
  return "\xc0\x0c" + two_bytes(type) + two_bytes(cls) + std::string(4, '\0') +
         two_bytes(static_cast<unsigned>(data.size())) + data;
}
inline std::string srv_data(unsigned priority, unsigned weight, unsigned port,
                            const std::string& target) {
  return two_bytes(priority) + two_bytes(weight) + two_bytes(port) + dns_name(target);
}

/// A response with these answers.
inline std::string dns_response(unsigned type, const std::vector<std::string>& answers,
                                unsigned flags = 0x8180) {
  auto out = dns_header(7, flags, 1, static_cast<unsigned>(answers.size())) +
             dns_name("_imaps._tcp.example.org") + two_bytes(type) + two_bytes(1);
  for (const auto& a : answers) out += a;
  return out;
}

}  // namespace postroom::channels

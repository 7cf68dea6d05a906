#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace postroom {

/// SHA-256 over several pieces, by libcrypto. Not copyable; one thread at a time.
class sha256 {
 public:
  sha256();
  ~sha256();
  sha256(const sha256&) = delete;
  sha256& operator=(const sha256&) = delete;
  sha256& update(std::string_view bytes);
  /// The 32 raw bytes. The object is used up afterwards.
  std::string finish();

 private:
  struct context;
  std::unique_ptr<context> x_;
};

/// HMAC-SHA-256 (RFC 2104): the 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// Whether both are the same, in a time that tells nothing of where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

/// 53 bits of the digest of some bytes: so many a JSON number holds exactly. Never 0.
uint64_t short_digest(std::string_view bytes);

/// Lower-case hexadecimal of any bytes.
std::string to_hex(std::string_view bytes);

}  // namespace postroom

#pragma once

#include <array>
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

/// Lower-case hexadecimal of any bytes.
std::string to_hex(std::string_view bytes);

}  // namespace postroom

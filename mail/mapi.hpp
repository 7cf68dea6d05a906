#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace postroom::mail {

/// Little-endian fields of a stream of bytes, one after the other. What is not there makes all that
/// follows fail.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : x_rest_(bytes) {}
  uint64_t number(std::size_t size);
  std::string_view bytes(std::size_t size);
  [[nodiscard]] bool ok() const { return x_ok_; }
  [[nodiscard]] bool at_end() const { return x_rest_.empty(); }

 private:
  std::string_view x_rest_;
  bool x_ok_ = true;
};

/// One property as MS-OXTNEF 2.1.3.4 stores it, of several values the first.
struct mapi_property {
  uint16_t id = 0, type = 0;
  std::string_view value;
};

/// Calls `use` with each property; false when the bytes are broken, after those before.
bool each_property(std::string_view bytes, const std::function<void(const mapi_property&)>& use);

/// A string property as UTF-8; `charset` is that of the 8-bit ones.
std::string text_of(const mapi_property& p, std::string_view charset);

}  // namespace postroom::mail

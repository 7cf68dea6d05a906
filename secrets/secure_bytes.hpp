#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postroom::secrets {

/// Bytes in memory of their own that no core dump holds and that are wiped when they are no longer
/// needed. Moves, is never copied.
class secure_bytes {
 public:
  secure_bytes() = default;
  /// Zeros. Throws std::bad_alloc.
  explicit secure_bytes(std::size_t size);
  static secure_bytes copy_of(std::string_view bytes);
  ~secure_bytes();
  secure_bytes(secure_bytes&& other) noexcept;
  secure_bytes& operator=(secure_bytes&& other) noexcept;
  secure_bytes(const secure_bytes&) = delete;
  secure_bytes& operator=(const secure_bytes&) = delete;

  [[nodiscard]] unsigned char* data() { return data_; }
  [[nodiscard]] const unsigned char* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(data_), size_};
  }

 private:
  void release() noexcept;

  unsigned char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Overwrites bytes that were a secret, also where the compiler sees no use of them any more.
void wipe(void* bytes, std::size_t size) noexcept;

/// Wipes a string at the end of a scope.
class wiped {
 public:
  explicit wiped(std::string& text) : text_(text) {}
  ~wiped() { wipe(text_.data(), text_.size()); }
  wiped(const wiped&) = delete;
  wiped& operator=(const wiped&) = delete;

 private:
  std::string& text_;
};

}  // namespace postroom::secrets

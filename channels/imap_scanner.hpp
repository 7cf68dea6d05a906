#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postroom::channels {

/// ASCII upper case, whatever the locale.
inline std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

/// A cursor over the text of one IMAP answer. Methods that do not find what they look for stay
/// where they are.
class imap_scanner {
 public:
  explicit imap_scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  bool take(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }

  /// Characters up to a space, a bracket of any kind, a quote or the end; may be empty.
  std::string_view word() { return until(" ()[]{\"\n"); }

  std::string_view until(std::string_view ends) {
    const auto n = std::min(rest_.find_first_of(ends), rest_.size());
    const auto out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

  /// At most 19 digits, which fit 64 bits (RFC 9051 number64).
  std::optional<uint64_t> number() {
    uint64_t value = 0;
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') {
      if (n == 19) return std::nullopt;
      value = value * 10 + static_cast<uint64_t>(rest_[n++] - '0');
    }
    if (n == 0) return std::nullopt;
    rest_.remove_prefix(n);
    return value;
  }

  /// A quoted string with its escapes resolved.
  std::optional<std::string> quoted() {
    if (peek() != '"') return std::nullopt;
    std::string out;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return out;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      out += rest_[i];
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace postroom::channels

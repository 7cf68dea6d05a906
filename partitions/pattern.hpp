#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace postroom::partitions {

/// A regular expression (RE2's syntax) that finds its text in any case. Time grows with the text
/// alone, whatever the expression; each keeps at most `max_memory` bytes. Immutable; any thread.
class pattern {
 public:
  static constexpr std::size_t max_memory = 256u << 10;

  /// Errors: config_invalid, in the library's words.
  static result<pattern> compile(const std::string& expression);
  /// Whether it is found anywhere in the text, which must be UTF-8.
  [[nodiscard]] bool found_in(std::string_view text) const;

 private:
  explicit pattern(std::shared_ptr<const re2::RE2> compiled) : x_compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> x_compiled_;
};

}  // namespace postroom::partitions

#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

/// What people say with a change: it is stored with it and shown in lists.
namespace postroom::actors {

inline constexpr std::size_t max_reason = 1000;  ///< bytes
inline constexpr std::size_t max_who = 200;      ///< bytes

/// Both are short enough. Errors: config_invalid.
result<void> check_words(const std::string& who, const std::string& reason);

/// Nothing in it but white space.
bool is_blank(const std::string& text);

}  // namespace postroom::actors

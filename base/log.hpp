#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"

namespace postroom::log {

enum class level { debug, info, warn, error };

/// One named value of a log line. Never mail content, addresses or secrets.
struct field {
  std::string_view key;
  std::string value;
  field(std::string_view k, std::string_view v) : key(k), value(v) {}
  field(std::string_view k, const char* v) : key(k), value(v) {}
  template <class Int>
  requires std::is_integral_v<Int> field(std::string_view k, Int v)
      : key(k), value(std::to_string(v)) {}
};

struct options {
  level least = level::info;
  bool json = false;  ///< one JSON object a line instead of key=value
  std::string file;   ///< empty: standard error
};

/// Call once before any thread logs. Without it, lines from warn up go to standard error.
/// Errors: config_invalid when the file cannot be opened; then nothing has changed.
result<void> start(const options& opts);

/// Writes one structured line: time, level, event, fields. `event` is a stable snake_case name. Any
/// thread.
void write(level l, std::string_view event, std::initializer_list<field> fields);

inline void debug(std::string_view e, std::initializer_list<field> f = {}) {
  write(level::debug, e, f);
}
inline void info(std::string_view e, std::initializer_list<field> f = {}) {
  write(level::info, e, f);
}
inline void warn(std::string_view e, std::initializer_list<field> f = {}) {
  write(level::warn, e, f);
}
inline void error(std::string_view e, std::initializer_list<field> f = {}) {
  write(level::error, e, f);
}

}  // namespace postroom::log

#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace postroom {

using duration = std::chrono::milliseconds;
using time_point = std::chrono::time_point<std::chrono::system_clock, duration>;

/// Where the time comes from; injected so that tests own it. Callable from any thread.
using clock_fn = std::function<time_point()>;

/// The machine's wall clock.
time_point system_now();

/// RFC 3339 in UTC with milliseconds: "2026-11-23T14:05:09.120Z".
std::string render_time(time_point t);

inline int64_t to_millis(time_point t) {
  return t.time_since_epoch().count();
}
inline time_point from_millis(int64_t ms) {
  return time_point{duration{ms}};
}

}  // namespace postroom

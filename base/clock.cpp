#include "base/clock.hpp"

#include <cstdio>
#include <ctime>

#include "base/ids.hpp"

namespace postroom {

time_point system_now() {
  return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

std::string render_time(time_point t) {
  auto millis = to_millis(t);
  auto seconds = static_cast<std::time_t>(millis / 1000 - (millis % 1000 < 0 ? 1 : 0));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char out[48];
  std::snprintf(out, sizeof out, "%s.%03dZ", date,
                static_cast<int>(((millis % 1000) + 1000) % 1000));
  return out;
}

std::string render_call(const partition_id& part, call_number number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%06llu", static_cast<unsigned long long>(number.value));
  return part.value + "-" + digits;
}

}  // namespace postroom

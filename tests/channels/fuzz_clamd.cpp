// libFuzzer: whatever bytes clamd answers, they are a verdict or an error; only "stream: OK" after
// the whole mail is clean; what is shown of them is short and printable.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "channels/clamd_reply.hpp"

namespace {

using namespace postroom;
using namespace postroom::channels;

bool is_shown(std::string_view text) {
  return text.size() <= 250 &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  for (const bool whole : {true, false}) {
    const auto got = read_scan_reply(line, whole);
    if (!is_shown(got ? got->signature : got.error().detail)) std::abort();
    if (got && got->what == scan_verdict::kind::clean && (!whole || line != "stream: OK"))
      std::abort();
  }
  const auto pong = read_ping_reply(line);
  if (!pong && !is_shown(pong.error().detail)) std::abort();
  return 0;
}

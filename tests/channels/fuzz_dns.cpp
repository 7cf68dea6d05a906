// libFuzzer: whatever a name server answers, only hosts' names and ports come of it, in order and
// few, and they are the same when read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "channels/dns.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace postroom::channels;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto services = read_srv(message);
  const auto again = read_srv(message);
  if (services.ok() != again.ok()) std::abort();
  if (services) {
    if (services->records != again->records || services->records.size() > 10) std::abort();
    if (services->refused && !services->records.empty()) std::abort();
    uint16_t before = 0;
    for (const auto& r : services->records) {
      if (r.port == 0 || r.priority < before || !is_host_name(r.target)) std::abort();
      before = r.priority;
    }
  }
  if (const auto exchangers = read_mx(message))
    for (const auto& r : *exchangers)
      if (!is_host_name(r.host)) std::abort();
  return 0;
}

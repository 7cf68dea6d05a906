#pragma once

#include <cstddef>
#include <fstream>
#include <functional>
#include <string>

namespace postroom::support {

/// The most memory this process has had, in bytes.
inline std::size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      std::size_t kib = 0;
      status >> kib;
      return kib << 10;
    }
  return 0;
}

/// By how many bytes the work raises what is in use now, at its peak.
inline std::size_t memory_of(const std::function<void()>& work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak becomes what is in use now
  const auto before = peak_memory();
  work();
  return peak_memory() - before;
}

}  // namespace postroom::support

#pragma once

#include <string>

namespace postroom::app {

/// "a, b, c". Pure.
template <class Strings>
std::string joined(const Strings& list) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : ", ") + one;
  return out;
}

}  // namespace postroom::app

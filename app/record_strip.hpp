#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::app {

/// A serialised record without these of its own fields: what a list does not show need not be
/// copied, checked and parsed for it. What cannot be read stays as it is. Pure.
std::string without_fields(std::string_view record, const std::vector<uint32_t>& numbers);

}  // namespace postroom::app

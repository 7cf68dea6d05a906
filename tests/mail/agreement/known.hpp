#pragma once

#include <string_view>

namespace postroom::mail::agreement {

/// Why we read this field of this mail differently on purpose; empty: no reason is known.
std::string_view known_difference(std::string_view name, std::string_view field);

}  // namespace postroom::mail::agreement

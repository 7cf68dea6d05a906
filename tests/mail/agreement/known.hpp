#pragma once

#include <string_view>

namespace postroom::mail::agreement {

/// Why we read this field of this mail differently.
struct reason {
  std::string_view text;  ///< empty: no reason is known
  bool meant = false;     ///< ours is what we want; else something is lost that is yet to be read
};

reason known_difference(std::string_view name, std::string_view field);

}  // namespace postroom::mail::agreement

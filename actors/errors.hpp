#pragma once

#include <string>

#include <caf/atom.hpp>
#include <caf/error.hpp>

#include "base/result.hpp"

namespace postroom::actors {

inline constexpr caf::atom_value error_category = caf::atom("postroom");

/// Our error as CAF's, for a reply or as a reason to quit; and back. What CAF itself raises
/// (exceptions in handlers, broken requests, time-outs) becomes the nearest of our codes.
caf::error to_caf(const error& e);
error from_caf(const caf::error& e);

}  // namespace postroom::actors

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

/// For an error of a change of one record that a person asked for: true when it is certain that
/// nothing was changed, so whoever did it need not read the unit again.
bool nothing_changed(const error& e);

}  // namespace postroom::actors

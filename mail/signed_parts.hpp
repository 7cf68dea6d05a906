#pragma once

#include <cstddef>
#include <vector>

#include "mail/outline.hpp"

namespace postroom::mail {

/// Puts what signed data (S/MIME's opaque form, RFC 8551, 3.5.2) encloses behind the part it stands
/// in, which holds it from then on as a multipart does; so too for signed data in it, to a depth of
/// a few levels. Stays a file: what encloses no MIME entity, such as a signed document, and what
/// would go beyond the limits or take more than `budget` bytes when decoded, all of it together.
std::vector<part> open_signed(std::vector<part> parts, const outline_limits& limits,
                              std::size_t budget);

}  // namespace postroom::mail

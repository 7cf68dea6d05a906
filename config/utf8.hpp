#pragma once

#include <string_view>

namespace postroom::config {

/// The place of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
std::size_t first_non_utf8(std::string_view s);

}  // namespace postroom::config

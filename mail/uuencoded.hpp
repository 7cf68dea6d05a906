#pragma once

#include <cstddef>
#include <string_view>

namespace postroom::mail {

/// A file that stands uuencoded in a text, as programs without MIME send it.
struct uuencoded_file {
  std::size_t begin = 0, end = 0;  ///< offsets of its first line and of what follows its last
  std::string_view name;           ///< as written
};

/// The first one from `from` on, which must be the start of a line; `begin` is npos when there is
/// none. Linear.
uuencoded_file find_uuencoded(std::string_view text, std::size_t from);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postroom::config {

/// What to do about an unknown word: "did you mean `port`?", or the list of the known ones when
/// none is near.
std::string suggest(std::string_view unknown, const std::vector<std::string>& known);

/// "a, b, c".
std::string enumerate(const std::vector<std::string>& words);

}  // namespace postroom::config

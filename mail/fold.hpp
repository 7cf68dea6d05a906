#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// Text in the one form in which upper and lower case, and composed and decomposed letters, are the
/// same: for finding, not for showing. Bytes that are no UTF-8 count as U+FFFD.
std::string fold_text(std::string_view text);

}  // namespace postroom::mail

#pragma once

#include <string_view>

namespace postroom::mail {

/// The character that a reference by name stands for, where the name must end with ';': those of
/// HTML 4.01 (section 24.3 and 24.4), the letters of Latin Extended-A and the usual signs of HTML.
/// 0: there is none, or it is one of Latin-1.
char32_t named_character(std::string_view name) noexcept;

}  // namespace postroom::mail

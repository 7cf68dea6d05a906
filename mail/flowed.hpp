#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// The paragraphs of format=flowed text (RFC 3676), one line each; quotes keep their marks. `text`
/// has LF line ends. With `delete_space` the blank that a line break stood for was added by the
/// sender (DelSp=yes).
std::string join_flowed(std::string_view text, bool delete_space);

}  // namespace postroom::mail

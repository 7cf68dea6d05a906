#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// The charset that bytes which are no UTF-8 look like, as iconv names it: by libuchardet where
/// there are bytes enough to tell, else windows-1252. Looks at a bounded number of bytes.
std::string guess_charset(std::string_view bytes);

}  // namespace postroom::mail

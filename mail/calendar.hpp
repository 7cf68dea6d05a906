#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// What an invitation (RFC 5545, 5546) says, in a few lines: the method, what, when, where and by
/// whom, and below them its description, which most programs repeat in the mail's text. Of several
/// events the first; empty when there is none. `calendar` is UTF-8, so is the result, which has at
/// most some 3 KiB, and 4 KiB more with the description.
std::string describe_invitation(std::string_view calendar, bool with_description);

}  // namespace postroom::mail

#pragma once

#include <string_view>

namespace postroom::mail {

/// A subject without the "Re:", "AW:", "Fwd: Re[2]:" that mail programs put before it when a mail
/// is answered or forwarded, in the languages of our users, and without blanks around. `subject` is
/// decoded. Looks at the first 20 of them only.
std::string_view without_reply_prefixes(std::string_view subject);

}  // namespace postroom::mail

#pragma once

#include <string_view>

namespace postroom::mail {

/// Whether a decoded subject reads like one of a program that answers for somebody who is away, in
/// the languages of our users. Persons write such subjects too.
bool reads_like_absence(std::string_view subject);

/// The same for a program that answers, without saying that anybody is away.
bool reads_like_auto_reply(std::string_view subject);

}  // namespace postroom::mail

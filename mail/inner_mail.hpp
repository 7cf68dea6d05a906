#pragma once

#include <vector>

#include "mail/body.hpp"
#include "mail/outline.hpp"

namespace postroom::mail {

/// What the first attached mail says, under lines that name its subject and its sender, for a mail
/// that says nothing itself: people send a mail on as an attachment without a word of their own. A
/// text of at most `max` bytes; empty: there is no attached mail. Where that says nothing either,
/// the one in it is looked at, to a depth of a few.
body_text read_inner_mail(const std::vector<part>& parts, std::size_t max);

}  // namespace postroom::mail

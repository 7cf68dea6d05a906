#pragma once

#include "mail/body.hpp"
#include "mail/mail.hpp"
#include "mail/outline.hpp"

namespace postroom::mail {

/// Adds what the mail has beside its text. A winmail.dat gives way to the files in it, its text is
/// the mail's when that has none, and so is its HTML; one that is broken is shown below what could
/// be read of it, one that is very large stays the file it is.
void add_attachments(const std::vector<part>& parts, const body_choice& choice,
                     const parse_limits& limits, parsed_mail& out);

}  // namespace postroom::mail

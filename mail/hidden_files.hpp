#pragma once

#include <vector>

#include "mail/attachments.hpp"
#include "mail/body.hpp"
#include "mail/mail.hpp"
#include "mail/outline.hpp"

namespace postroom::mail {

/// Fills `hidden_files`, and sets `has_more_files` where not everything can be looked at: the mail
/// has as many parts as `limits` allows, multiparts too deep, more than eight mails within
/// each other, or more of encoded texts and attached mails than is decoded (32 MiB) or walked
/// through (128 MiB). `sources` as `add_attachments` gives it. Names and declared types only: no
/// file is opened.
void add_hidden_files(const std::vector<part>& parts, const body_choice& choice,
                      const std::vector<attachment_source>& sources, const outline_limits& limits,
                      parsed_mail& out);

}  // namespace postroom::mail

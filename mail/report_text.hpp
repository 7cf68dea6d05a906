#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/report.hpp"

/// Reports in the words of mail servers: there is no format, but the same few habits.
namespace postroom::mail {

/// A notice and what it returns of the original mail.
struct split_notice {
  std::string_view notice;
  std::string original;  ///< from its first header field on, quote marks taken off; may be empty
};
split_notice split_notice_text(std::string_view text);

/// What the header of a notice tells for reading its text.
struct notice_facts {
  std::vector<std::string> failed;  ///< X-Failed-Recipients: what Exim and Gmail say of whom
  std::string addressee;            ///< whom the notice was sent to: hardly the one it is about
  reported_action action = reported_action::failed;
};

std::vector<reported_recipient> read_notice(std::string_view notice, const notice_facts& facts);

/// Completes the status of recipients for whom the fields gave no more than a class.
void refine_by_notice(std::string_view notice, std::vector<reported_recipient>& recipients);

}  // namespace postroom::mail

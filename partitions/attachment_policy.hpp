#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/mail.hpp"
#include "postroom/config/v1/handling.pb.h"

namespace postroom::partitions {

/// What a partition's policy makes of the attachments of a mail.
struct attachment_verdict {
  bool refused = false;  ///< the whole mail goes to the quarantine
  std::vector<std::string>
      withheld;                     ///< per attachment: why it is only in the raw mail; blank: kept
  bool withheld_elsewhere = false;  ///< so is something that is no attachment
  std::vector<std::string> notes;   ///< one sentence for each over a limit, at most 50
};

/// Whether the policy has any limit: without one, nothing is against it.
bool has_limits(const config::v1::AttachmentPolicy& policy);

/// Declared types and safe names count, those of `hidden_files` too: what is inside of a file
/// nobody looks at here. A mail of which not all could be looked at (`has_more_files`) is over a
/// limit.
attachment_verdict judge_attachments(const config::v1::AttachmentPolicy& policy,
                                     const mail::parsed_mail& mail);

/// Whether a name is of the form "*.exe": '*' stands for any characters, case never counts. Dots
/// and blanks behind the name do not either, as systems drop them when they open the file.
bool is_of_form(std::string_view name, std::string_view form);

}  // namespace postroom::partitions

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
      withheld;                    ///< per attachment: why it is only in the raw mail; blank: kept
  std::vector<std::string> notes;  ///< one sentence for each over a limit, at most 50
};

/// Declared types and safe names count: what is inside of a file nobody looks at here.
attachment_verdict judge_attachments(const config::v1::AttachmentPolicy& policy,
                                     const std::vector<mail::attachment>& attachments);

/// Whether a name is of the form "*.exe": '*' stands for any characters, case never counts. Dots
/// and blanks behind the name do not either, as systems drop them when they open the file.
bool is_of_form(std::string_view name, std::string_view form);

}  // namespace postroom::partitions

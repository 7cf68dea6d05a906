#pragma once

#include <optional>
#include <string_view>

#include "mail/report.hpp"

namespace postroom::mail {

/// What Amazon SES reports by mail, through SNS: JSON as the text, at times within a JSON string.
/// None: the text is no such notification.
std::optional<report> read_ses_notification(std::string_view text);

}  // namespace postroom::mail

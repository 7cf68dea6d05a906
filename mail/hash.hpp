#pragma once

#include <string>

#include "mail/fields.hpp"

namespace postroom::mail {

/// The content hash of `parsed_mail` as 64 hexadecimal digits. `header` counts as a whole only
/// where the mail has no Message-ID.
std::string content_hash(const mail_fields& fields, std::string_view header, std::string_view body);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>

/// What people write of themselves outside of the display name. By RFC 5322 a comment says nothing,
/// but "(Support, 2nd floor)" or a name that stands behind the address is meant for the reader.
namespace postroom::mail {

/// The address list with the comments of each mailbox that stands in `<>`, in one pair of
/// parentheses behind its display name, and with a name behind the address in front of it. `line`
/// is one line of well-formed UTF-8 and encoded words (`mend_words`). Lists without anything to
/// move come back as they are. Takes time in proportion to the line. Any thread.
std::string comments_into_names(std::string_view line);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>

#include "mail/fields.hpp"
#include "mail/mail.hpp"

/// The one reader of who a mail says wrote it: what it finds is both what the mail is taken for and
/// what is judged (`mail/trust.hpp`). Pure; any thread.
namespace postroom::mail {

struct sender_address {
  address who;        ///< the first of From, else of Sender; addr may be empty
  std::string doubt;  ///< as `parsed_mail::from_doubt`
};

/// `hint` is the charset of the text; it serves the name alone.
sender_address read_sender_address(const mail_fields& fields, std::string_view hint);

/// The first address of a list, or what there is in a broken one; addr may be empty.
address read_first_address(std::string_view value, std::string_view hint);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/mail.hpp"

/// Header fields as they go out: folded at 76 columns, RFC 2047 where needed, ended by CR LF.
/// Whatever the values hold, a call makes one field: control characters are gone before anything is
/// written.
namespace postroom::mail {

/// Our Message-ID once more: some servers replace the one of every mail, and what comes back of it
/// still shows this.
inline constexpr std::string_view own_id_field = "X-Postroom-Message-ID";

/// The address with a domain in another script in its ASCII form (RFC 5890), as the envelope needs
/// it where the server has no SMTPUTF8; unchanged when it has none.
std::string with_ascii_domain(const std::string& addr);

std::string text_field(std::string_view name, std::string_view value);

/// Addresses that are empty or could never be delivered to are left out; "undisclosed-recipients:;"
/// when none is left.
std::string address_field(std::string_view name, const std::vector<address>& list);

/// Message ids in <>; nothing when none is left.
std::string id_field(std::string_view name, const std::vector<std::string>& ids);

/// Nothing for a time outside of the years a date can have.
std::string date_field(std::string_view name, time_point t);

}  // namespace postroom::mail

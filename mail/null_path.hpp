#pragma once

#include <string_view>

namespace postroom::mail {

/// Whether a Return-Path says that nothing is to come back (RFC 5321 section 4.5.5): "<>", or as
/// some servers write it "<MAILER-DAEMON>".
bool is_null_path(std::string_view return_path);

}  // namespace postroom::mail

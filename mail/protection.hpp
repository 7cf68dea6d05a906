#pragma once

#include <string>
#include <vector>

#include "mail/outline.hpp"

namespace postroom::mail {

/// Whether a mail is signed or encrypted, by S/MIME (RFC 8551) or PGP (RFC 3156, RFC 9580). Nothing
/// is verified or decrypted.
struct protection {
  bool is_signed = false, is_encrypted = false;
};

/// `text` is the mail's text: PGP may stand in it without any MIME.
protection protection_of(const std::vector<part>& parts, const std::string& text);

/// A text that PGP signed in place without the marks and the signature; any other as it is.
std::string without_pgp_signature(std::string text);

}  // namespace postroom::mail

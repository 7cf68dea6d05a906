#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// An address in the form to compare: the domain in its ASCII form (RFC 5890), and all of it in
/// lower case, letters beyond ASCII too (composed, NFC; in every locale the same). What is no UTF-8
/// stays as it is beyond ASCII.
std::string fold_address(std::string_view addr);

/// Text in the one form in which upper and lower case, and composed and decomposed letters, are the
/// same: for finding, not for showing, so "STRASSE" finds "straße". Bytes that are no UTF-8 count
/// as U+FFFD.
std::string fold_text(std::string_view text);

}  // namespace postroom::mail

#pragma once

#include <string>
#include <string_view>

namespace postroom::mail {

/// An address in the form to compare: the domain in its ASCII form (RFC 5890), and all of it in
/// lower case, letters beyond ASCII too (composed, NFC; in every locale the same). What is no UTF-8
/// stays as it is beyond ASCII.
std::string fold_address(std::string_view addr);

}  // namespace postroom::mail

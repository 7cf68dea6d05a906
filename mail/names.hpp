#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/outline.hpp"

namespace postroom::mail {

/// A name that is safe as a file name on any system and safe to show: no path, no control or
/// direction characters, no device name, at most 255 bytes with the extension kept. Empty when
/// nothing is left. `name` must be UTF-8.
std::string safe_file_name(std::string_view name);

/// The name of an attachment: the sender's, else the subject of an attached mail, else
/// "part-<number>" with an extension for its type.
std::string attachment_name(const part& p, std::size_t number);

}  // namespace postroom::mail

#pragma once

#include <string>

#include "base/result.hpp"

/// Files that are nobody else's business: tokens, mails.
namespace postroom::app {

/// Writes the whole file, readable by its owner only, in one step: whoever reads sees the old text
/// or the new one. Missing folders are made, for the owner only. Errors: config_invalid, which
/// names the path and the reason.
result<void> write_private(const std::string& path, const std::string& text);

/// Likewise, a file that is not there yet. Errors: also when it is.
result<void> write_new_private(const std::string& path, const std::string& text);

/// Whether others than the owner may read or change it; false when it is not there.
bool open_to_others(const std::string& path);

/// Reads a file that holds a secret, without its last line end. Errors: config_invalid: it cannot
/// be read, or others than its owner may; says what to do.
result<std::string> read_private(const std::string& path);

}  // namespace postroom::app

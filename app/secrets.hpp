#pragma once

#include <string>

#include "base/result.hpp"

namespace postroom::app {

/// The secret behind "env:NAME" or "file:PATH" (without its last line end); empty for an empty
/// reference. Read anew at each call. Errors: config_invalid naming the reference, never the value.
result<std::string> resolve_secret(const std::string& reference);

}  // namespace postroom::app

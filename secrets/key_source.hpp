#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "secrets/key_ring.hpp"

namespace postroom::secrets {

using environment_fn = std::function<std::optional<std::string>(const char*)>;

/// Whether a reference has one of the forms that `load_keys` reads.
bool is_key_reference(const std::string& reference);

/// The keys behind file:PATH, env:NAME or credential:NAME (a file in $CREDENTIALS_DIRECTORY, as
/// systemd gives them). A blank `newest` gives an empty ring, whatever the old ones are. Errors:
/// config_invalid naming setting and reference, never the key.
result<key_ring> load_keys(const std::string& newest, const std::vector<std::string>& old,
                           const environment_fn& environment);

}  // namespace postroom::secrets

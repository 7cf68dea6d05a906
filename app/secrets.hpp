#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/secret_names.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "secrets/vault.hpp"

namespace postroom::app {

/// The secret behind "env:NAME" or "file:PATH" (without its last line end); empty for an empty
/// reference. Read anew at each call. Errors: config_invalid naming the reference, never the value.
result<std::string> resolve_secret(const std::string& reference);

/// How the servers of one partition find their secrets.
using resolve_fn = std::function<result<std::string>(const std::string& reference)>;

/// Takes "secret:NAME" too, among the secrets of this partition alone. Does not block on the disk
/// for those. `vault` outlives what is given back.
resolve_fn resolver_of(const secrets::vault& vault, const partition_id& partition);

/// What actors may know of the vault, which outlives it.
std::shared_ptr<actors::secret_names> names_of(secrets::vault& vault);

}  // namespace postroom::app

#pragma once

#include <sys/stat.h>

#include <string>

#include "base/result.hpp"

namespace postroom::secrets {

/// Whether a file that holds a secret is private, as ssh demands of its keys: it belongs to this
/// process's user or to root, and nobody else may read or change it. The group may read what
/// belongs to root where that is another user, because then that is how this process may. `path` is
/// for the message. Errors: config_invalid with the remedy.
result<void> check_private(const struct stat& file, const std::string& path);

/// Below the folder that systemd closes to all others (LoadCredential=), whatever its modes say.
bool is_credential(const std::string& path);

}  // namespace postroom::secrets

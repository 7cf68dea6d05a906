#pragma once

#include <string>
#include <vector>

#include "access/registry.hpp"
#include "base/result.hpp"
#include "secrets/vault.hpp"
#include "storage/store.hpp"

namespace postroom::app {

/// What a partition that was removed has left under its id: "calls, mails and ledger",
/// "3 people", "1 secret", "2 roles that name it". Nothing when no such partition was ever here,
/// for secrets and roles may be made ready for a new one. Blocks on the disk.
result<std::vector<std::string>> left_behind(const std::string& partition,
                                             const storage::engine& engine,
                                             const storage::unit_store& directory,
                                             const secrets::vault& vault,
                                             const access::registry& registry);

}  // namespace postroom::app

#pragma once

#include <string>
#include <vector>

#include "access/caller.hpp"
#include "app/trials_common.hpp"

/// Servers that somebody wants to try before they are saved.
namespace postroom::app {

/// A draft with the password to try it with: where that is blank, the saved server's of the same
/// name, but only when the draft would tell it to the very same place in the same way. To any other
/// it would hand a secret to whoever runs that host.
config::v1::IncomingServer with_password(config::v1::IncomingServer draft,
                                         const config::v1::Partition& saved);
config::v1::OutgoingServer with_password(config::v1::OutgoingServer draft,
                                         const config::v1::Partition& saved);

/// Everything that keeps a draft from being tried: what saving it would be refused for, but for
/// what lies between servers (one that is active beside it, one that reads the same mailbox, a name
/// in use). Who may set up some partitions only is refused the secrets and files of the machine as
/// well.
std::vector<admin::v1::Problem> problems_of(const config::v1::IncomingServer& draft,
                                            const saved_partition& saved,
                                            const access::caller& who);
std::vector<admin::v1::Problem> problems_of(const config::v1::OutgoingServer& draft,
                                            const saved_partition& saved,
                                            const access::caller& who);

}  // namespace postroom::app

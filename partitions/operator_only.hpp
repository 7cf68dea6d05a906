#pragma once

#include <vector>

#include "partitions/validate.hpp"
#include "postroom/config/v1/config.pb.h"

/// What of a partition's servers and its scanner belongs to the machine. Pure.
namespace postroom::partitions {

/// What may only be changed by those who set up the servers of all partitions: references to
/// secrets of the machine (`env:`, `file:`), where such a secret is sent, whom it signs in and what
/// is done to that mailbox, files of authorities and of certificates, and where the virus scanner
/// listens, also that there is one. Servers and scanners that stay as they are may have all of it.
std::vector<problem> operator_only(const config::v1::Settings& before,
                                   const config::v1::Settings& after);

}  // namespace postroom::partitions

#pragma once

#include <optional>
#include <string>

#include "app/cli.hpp"
#include "postroom/admin/v1/trials.pb.h"

namespace postroom::app {

/// The partition of this id in a file that is to be tried out; nothing, said on `err`, when it is
/// not there or the file has problems.
std::optional<config::v1::Partition> read_draft(terminal& term, const std::string& path,
                                                const std::string& partition);

/// "Why", as `postroom call` shows it: the decision record of a call.
void print_decision(terminal& term, const record::v1::Call& call);

}  // namespace postroom::app

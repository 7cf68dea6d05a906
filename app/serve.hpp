#pragma once

#include <string>

namespace postroom::app {

/// Runs a node with this node.yaml until SIGTERM or SIGINT; SIGHUP applies partitions_dir again.
/// Gives the exit status: 0 after an orderly stop, 1 when it could not start or died, 2 for a wrong
/// node.yaml. When the drain does not end within shutdown_deadline, or a second SIGTERM or SIGINT
/// comes, the process ends at once with status 75: nothing acknowledged is lost by that.
int serve(const std::string& config_path);

}  // namespace postroom::app

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/admin_register.hpp"
#include "app/setup_backend.hpp"
#include "base/result.hpp"
#include "postroom/config/v1/config.pb.h"

namespace postroom::channels {
class graph_notices;
}

namespace postroom::app {

/// The composition root: everything one process is made of, built in order and stopped in the
/// opposite order.
class node_process {
 public:
  /// Opens the data directory, starts threads and actors. Errors: config_invalid, already_exists
  /// (another process has the data directory), store errors.
  static result<std::unique_ptr<node_process>> start(const config::v1::Node& settings);
  /// After stop() or a failed start only.
  ~node_process();

  /// The admin side; any thread.
  [[nodiscard]] admin_backend backend();
  /// The same for what changes single objects of the configuration.
  [[nodiscard]] setup_backend setup();
  /// Takes what Microsoft Graph notifies of. Null without notification_url.
  [[nodiscard]] std::shared_ptr<channels::graph_notices> notices() const;
  /// Applies the files of partitions_dir, all or nothing. The lines of what is wrong, or of what
  /// changed, go to the log; false when something is wrong and the old configuration stays.
  bool reload(const std::string& partitions_dir);
  /// False once the node has died by itself.
  [[nodiscard]] bool alive() const;
  /// Every mailbox is polled, every partition's store is open and the last reload was applied; else
  /// the reasons.
  [[nodiscard]] std::vector<std::string> complaints() const;
  /// Ends the trials under way, which may take minutes else; before the admin server stops.
  void end_trials();
  /// Drains: what is in flight is finished. True when all was done within `deadline`; else the
  /// process must be ended with _exit, because actors may still run.
  bool stop(duration deadline);

 private:
  bool apply_folder(const std::string& partitions_dir);
  node_process();
  struct impl;
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::app

#pragma once

#include <string>

#include "base/result.hpp"

namespace postroom::app {

/// Makes the folder for mails, calls and settings when it is not there, and closes it to all other
/// users. A folder that is there must be empty, ours or closed already: somebody else's is never
/// changed. Errors: config_invalid, with what to do.
result<void> make_data_dir(const std::string& dir);

/// A hold on the folder; a second process is refused. Ends with the process at the latest.
class data_dir_lock {
 public:
  data_dir_lock() = default;
  ~data_dir_lock();
  data_dir_lock(const data_dir_lock&) = delete;
  data_dir_lock& operator=(const data_dir_lock&) = delete;
  /// Errors: already_exists when another process has it.
  result<void> take(const std::string& dir);

 private:
  int fd_ = -1;
};

}  // namespace postroom::app

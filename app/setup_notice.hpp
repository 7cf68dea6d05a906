#pragma once

#include <iosfwd>
#include <string>

#include "access/registry.hpp"

namespace postroom::app {

/// Tells the operator of a node without principals the token that sets it up: at a terminal in
/// words, else in a file that nobody else can read, because standard output may end up in a journal
/// that others read. One thread.
class setup_notice {
 public:
  /// The file is `setup-token` in `data_dir`. The registry outlives this.
  setup_notice(access::registry& registry, const std::string& data_dir);
  /// Takes the file away: the token ends with the process.
  ~setup_notice();
  setup_notice(const setup_notice&) = delete;
  setup_notice& operator=(const setup_notice&) = delete;

  /// Makes a new token and tells it; a node with principals is left alone. Call it at the start,
  /// when the node listens on the network. Errors: config_invalid: the file cannot be written.
  result<void> announce(std::ostream& out, bool terminal);
  /// Takes the file away once its token is used, replaced or expired. Call it from time to time.
  void check();

 private:
  access::registry& registry_;
  const std::string path_;
  std::string written_;  ///< the token in the file; blank: there is no file
};

}  // namespace postroom::app

#pragma once

#include <caf/actor_system_config.hpp>

namespace postroom::actors {

/// The actor system's configuration: message types, scheduler. Reads no file and no command line.
class system_config : public caf::actor_system_config {
 public:
  /// 0 threads: the number of cores, at most 4.
  explicit system_config(unsigned threads);
  /// For tests: nothing runs but by the test coordinator, in virtual time.
  static system_config deterministic();

 private:
  struct testing_tag {};
  explicit system_config(testing_tag);
};

}  // namespace postroom::actors

#include "actors/system.hpp"

#include <algorithm>
#include <thread>

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"

namespace postroom::actors {

system_config::system_config(unsigned threads) {
  add_message_types<caf::id_block::postroom>();
  add_error_category(error_category, [](uint8_t code, caf::atom_value, const caf::message&) {
    return std::string{to_string(static_cast<ec>(code))};
  });
  if (threads == 0) threads = std::clamp(std::thread::hardware_concurrency(), 2u, 4u);
  set("scheduler.max-threads", static_cast<std::size_t>(threads));
  // Work stealing polls: 50 ms of CPU in 3 s of idleness on 2 cores, against 3 ms with one shared
  // queue.
  set("scheduler.policy", caf::atom("sharing"));
  // No actor holds a worker for longer than 100 messages.
  set("scheduler.max-throughput", static_cast<std::size_t>(100));
}

system_config::system_config(testing_tag) {
  add_message_types<caf::id_block::postroom>();
  set("scheduler.policy", caf::atom("testing"));
}

system_config system_config::deterministic() {
  return system_config{testing_tag{}};
}

}  // namespace postroom::actors

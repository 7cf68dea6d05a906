#include "actors/worker.hpp"

#include <caf/actor.hpp>

#include "actors/errors.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

namespace postroom::actors {

void return_address::deliver(std::function<void()> fn) const {
  if (auto strong = to_.lock())
    caf::anon_send(caf::actor_cast<caf::actor>(strong), make_completion(std::move(fn)));
}

void count_stray_error(const caf::error& e, const char* actor) {
  metrics::get_counter("postroom_stray_errors_total", "error replies nobody waited for",
                       {{"actor", actor}})
      .add();
  log::debug("stray_error", {{"actor", actor}, {"error", from_caf(e).text()}});
}

void count_unexpected_message(const char* actor) {
  metrics::get_counter("postroom_unexpected_messages_total", "messages an actor does not know",
                       {{"actor", actor}})
      .add();
  log::error("unexpected_message", {{"actor", actor}});
}

}  // namespace postroom::actors

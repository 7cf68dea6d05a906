#pragma once

#include <optional>
#include <string_view>

namespace postroom::app {

/// What filters of the outbox ask.
struct outbox_glance {
  bool settled = false;
  bool dead = false;       ///< somebody did not get it
  bool cancelled = false;  ///< somebody will not, because a person said so
};

/// Reads a stored record.v1.OutboxEntry no further than that takes: a page may pass over thousands,
/// and making each into an object costs ten times as much. Nothing when it does not parse.
std::optional<outbox_glance> glance_at(std::string_view entry);

}  // namespace postroom::app

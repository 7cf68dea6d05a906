#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/context.hpp"
#include "actors/interfaces.hpp"

namespace postroom::actors {

/// The newest stored configuration; version 0 and empty when there is none. Blocking.
result<settings_document> load_settings(const storage::unit_store& store);

using document_ptr = std::shared_ptr<const settings_document>;

struct settings_args {
  context_ptr context;
  std::shared_ptr<storage::unit_store> store;
  epoch owner;
  settings_document document;
  /// Told of each new version, before whoever asked for it: they may have given up waiting.
  std::function<void(document_ptr)> tell = {};
};

/// Keeps the configuration: versioned, checked as a whole, changed all or nothing, with an audit
/// entry in the same commit. Changes are made one after the other. A change that changes nothing
/// makes no version. A roll-back is a change like any other: checked by today's rules, and a new
/// version. Never blocks. Dies: only of a bug; then the node stops. Logs: info on each new
/// version.
class settings_state {
 public:
  using pointer = settings_actor::stateful_pointer<settings_state>;
  static inline constexpr const char* name = "postroom.settings";
  explicit settings_state(pointer self) : self_(self) {}
  settings_actor::behavior_type make_behavior(settings_args args);

 private:
  struct pending {
    std::shared_ptr<const change_settings> change;
    caf::response_promise promise;
  };
  void next();
  void on_changed(pending p, result<settings_changed> r);

  pointer self_;
  settings_args args_;
  document_ptr now_;
  std::deque<pending> queue_;
  bool busy_ = false;
  bool draining_ = false;
};

settings_actor::behavior_type settings(settings_state::pointer self, settings_args args);

/// The configuration that a change leads to. Pure.
config::v1::Settings merged(const config::v1::Settings& now, const change_settings& change);

}  // namespace postroom::actors

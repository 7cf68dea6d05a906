#pragma once

#include <map>
#include <memory>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/address_book.hpp"
#include "actors/context.hpp"
#include "actors/interfaces.hpp"

namespace postroom::actors {

struct node_args {
  context_ptr context;
  settings_document document;
  std::shared_ptr<storage::unit_store> settings_store;
  epoch settings_owner;
  std::shared_ptr<storage::unit_store> directory_store;
  epoch directory_owner;
  std::vector<record::v1::Person> people;
};

/// Owns everything of the process: settings, directory and one supervisor per partition. Applies
/// changes of the configuration, which the settings tell it of as soon as they are on disk: people
/// first, then rules; only partitions that changed are touched. Drain: supervisors, then directory
/// and settings, then itself. Dies: user_shutdown; ec::internal when the settings or the directory
/// die, which ends the process so that its service manager starts it anew. Never blocks.
class node_state {
 public:
  using pointer = node_actor::stateful_pointer<node_state>;
  static inline constexpr const char* name = "postroom.node";
  explicit node_state(pointer self) : self_(self) {}
  node_actor::behavior_type make_behavior(node_args args);

 private:
  using model_ptr = std::shared_ptr<const partitions::partition_model>;
  struct partition {
    supervisor_actor supervisor;
    model_ptr model;
    bool leaving = false;
  };
  void run_document(const settings_document& doc);
  void install(model_ptr model);
  void start(model_ptr model);
  void use_document(const settings_document& doc);
  /// The supervisor of a partition that runs. Errors: not_found, cancelled.
  result<supervisor_actor> running(const partition_id& id) const;
  void on_down(const caf::down_msg& msg);
  void begin_drain();
  void next_drain_stage();

  pointer self_;
  node_args args_;
  settings_actor settings_;
  directory_actor directory_;
  std::map<std::string, partition> partitions_;
  config::v1::Settings running_;
  uint64_t version_ = 0;  ///< of running_
  std::shared_ptr<address_book> book_ = std::make_shared<address_book>();
  bool draining_ = false;
};

node_actor::behavior_type node(node_state::pointer self, node_args args);

}  // namespace postroom::actors

#pragma once

#include <map>
#include <memory>
#include <string>

#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/byte_budget.hpp"
#include "actors/connection_breakers.hpp"
#include "actors/context.hpp"
#include "actors/errors.hpp"
#include "actors/interfaces.hpp"

namespace postroom::actors {

struct supervisor_args {
  context_ptr context;
  std::shared_ptr<const partitions::partition_model> model;
  directory_actor directory;
  caf::actor_addr node;
};

/// Owns one partition: its unit of the store, its call factory, its sender and one poller per
/// active incoming server. An isolation boundary: nothing in here is shared with another partition
/// but pools, event loop and directory. A child that dies is started anew by itself, its siblings
/// are not touched (actors/supervision.hpp says when); every life has a generation number. New
/// rules reach the factory at once; only servers whose settings changed are restarted. Drain:
/// pollers, then factory, then sender, then itself. What a person wants done with an entry of the
/// outbox goes to the sender; between two lives of it the supervisor does it and starts none
/// meanwhile, because just then, with the server away, it is wanted most. Never blocks. Dies:
/// user_shutdown; a bug. Logs: info on start and stop, warn on each death of a child.
class supervisor_state {
 public:
  using pointer = supervisor_actor::stateful_pointer<supervisor_state>;
  static inline constexpr const char* name = "postroom.partition";
  explicit supervisor_state(pointer self) : self_(self) {}
  supervisor_actor::behavior_type make_behavior(supervisor_args args);

 private:
  enum class role { factory, sender, poller };
  static inline constexpr const char* factory_name = "factory";
  static inline constexpr const char* sender_name = "sender";
  struct child {
    supervisor_state::role role;
    std::string server;       // role poller
    caf::actor_addr address;  // of the present life; null between two lives
    std::string config;       // what it was started with; a change means a restart
    uint64_t generation = 0;
    uint64_t restarts = 0;
    unsigned failures = 0;
    bool healthy = false;
    bool retiring = false;  // told to drain because its settings changed or went
    time_point started_at{};
    std::shared_ptr<connection_breakers> breakers = std::make_shared<connection_breakers>();
  };
  struct unit {
    std::shared_ptr<storage::unit_store> store;
    epoch owner;
  };

  void open_unit();
  void on_unit(result<unit> r);
  void reconcile_children();
  void want(const std::string& child_name, role r, const std::string& server,
            const std::string& config);
  void start(const std::string& child_name);
  caf::actor_addr spawn_factory(std::function<void()> healthy);
  caf::actor_addr spawn_sender(std::function<void()> healthy);
  caf::actor_addr spawn_poller(const child& c, std::function<void()> healthy);
  void retire(child& c);
  void on_down(const caf::down_msg& msg);
  void on_death(const std::string& child_name, child& c, const error& reason);
  caf::result<outbox_changed> change(outbox_request& r);
  caf::result<outbox_changed> change_without_sender(outbox_request& r);
  /// Hands a question on to the call factory; an error when none lives.
  template <class Answer, class Question>
  caf::result<Answer> ask_factory(Question& q) {
    if (auto lives = check_factory(); !lives) return to_caf(lives.error());
    return self_->delegate(factory_, q);
  }
  [[nodiscard]] result<void> check_factory() const;
  void on_changed(caf::response_promise promise, result<record::v1::OutboxEntry> r);
  void begin_drain();
  void limit_sender();
  void next_drain_stage();
  void publish(const std::string& state);

  pointer self_;
  supervisor_args args_;
  unit unit_;
  std::shared_ptr<byte_budget> budget_;
  std::map<std::string, child> children_;
  call_factory_actor factory_;
  sender_actor sender_;
  std::map<std::string, poller_actor> pollers_;
  unsigned open_failures_ = 0;
  bool changing_outbox_ = false;  // a commit in place of the sender is under way
  bool sender_is_due_ = false;    // to be started when that is done
  bool draining_ = false;
  bool sender_limited_ = false;
};

supervisor_actor::behavior_type supervisor(supervisor_state::pointer self, supervisor_args args);

/// The name of a partition's unit in the store.
std::string unit_name(const partition_id& partition);

}  // namespace postroom::actors

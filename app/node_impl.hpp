#pragma once

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "access/registry.hpp"
#include "actors/errors.hpp"
#include "actors/node.hpp"
#include "actors/system.hpp"
#include "app/channel_settings.hpp"
#include "app/data_dir.hpp"
#include "app/node_process.hpp"
#include "app/oauth_table.hpp"
#include "app/scanner_table.hpp"
#include "app/trials_gate.hpp"
#include "base/bounded_pool.hpp"
#include "base/crash_notes.hpp"
#include "channels/event_loop.hpp"
#include "secrets/vault.hpp"
#include "storage/engines.hpp"

/// What a node's process holds; for the files that make up node_process alone.
namespace postroom::app {

struct node_process::impl {
  data_dir_lock only_process;
  std::shared_ptr<storage::engine> engine;
  std::unique_ptr<access::registry> access;
  std::unique_ptr<bounded_pool> store_pool, parse_pool;
  std::unique_ptr<channels::event_loop> loop;
  std::unique_ptr<scanner_table> scanners;
  notice_access told;
  std::shared_ptr<actors::status_board> board = std::make_shared<actors::status_board>();
  std::shared_ptr<actors::open_units> units = std::make_shared<actors::open_units>();
  std::shared_ptr<crash_notes> notes;
  std::shared_ptr<storage::unit_store> settings_store;
  epoch settings_owner;
  std::shared_ptr<storage::unit_store> directory_store;
  std::unique_ptr<secrets::vault> vault;
  std::unique_ptr<oauth_table> oauth;
  std::unique_ptr<actors::system_config> system_config;
  std::unique_ptr<caf::actor_system> system;
  actors::node_actor node;
  time_point started_at = system_now();
  std::shared_ptr<trial_gate> gate = std::make_shared<trial_gate>();

  std::mutex mutex;
  std::condition_variable changed;
  bool node_down = false;
  std::atomic<bool> not_applied{false};

  result<void> build(const config::v1::Node& config);
  actors::context_ptr make_context();
  token_fn tokens_of(const partition_id& part) const;
  template <class Answer, class Question>
  result<Answer> ask(std::chrono::seconds deadline, Question question);
  result<actors::change_applied> change(std::shared_ptr<const actors::change_settings> wanted);
  admin::v1::GetStatusResponse status() const;
  trials_backend trials();
  open_units open_stores() const;
};

template <class Answer, class Question>
result<Answer> node_process::impl::ask(std::chrono::seconds deadline, Question question) {
  result<Answer> out = fail(ec::internal);
  caf::scoped_actor self{*system};
  self->request(node, deadline, std::move(question))
      .receive([&](Answer& got) { out = std::move(got); },
               [&](caf::error& e) { out = actors::from_caf(e); });
  return out;
}

}  // namespace postroom::app

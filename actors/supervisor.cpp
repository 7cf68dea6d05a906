#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/call_factory.hpp"
#include "actors/errors.hpp"
#include "actors/poller.hpp"
#include "actors/sender.hpp"
#include "actors/supervision.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "partitions/secret_reference.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors {

namespace {

constexpr duration sender_drain_limit{5'000};

std::string poller_name(const std::string& server) {
  return "poller/" + server;
}

/// Another text when the secret got another value; none for what names no stored one.
std::string revision_of(const std::string& reference, const partition_id& part,
                        const node_context& context) {
  const auto name = partitions::secret_name(reference);
  if (!name || !context.secrets) return {};
  return ":" + std::to_string(context.secrets->revision(part.value, *name));
}

/// Of the client that a server signs in with: its settings, its secrets, its authorisation. A
/// refresh token that is only replaced by the next one changes none of it.
std::string client_of(const std::string& name, const config::v1::Partition& p,
                      const partition_id& part, const node_context& context) {
  std::string out;
  for (const auto& c : p.oauth_clients()) {
    if (name.empty() || c.name() != name) continue;
    out = ":" + c.SerializeAsString();
    for (const auto& reference : partitions::references_of(c))
      out += revision_of(reference, part, context);
    if (context.secrets)
      out += ":" + std::to_string(context.secrets->revision(
                       part.value, partitions::oauth_token_name(c.name())));
  }
  return out;
}

/// What a child is started with. A stored secret that got another value counts as a change of it.
template <class Server>
std::string settings_of(const Server& server, const partitions::partition_model& model,
                        const node_context& context) {
  const auto& part = model.id();
  auto out = server.SerializeAsString();
  for (const auto& reference : partitions::references_of(server))
    out += revision_of(reference, part, context);
  return out + client_of(server.oauth(), model.config(), part, context);
}

}  // namespace

std::string unit_name(const partition_id& partition) {
  return storage::partition_unit(partition);
}

supervisor_actor::behavior_type supervisor(supervisor_state::pointer self, supervisor_args args) {
  return self->state.make_behavior(std::move(args));
}

supervisor_actor::behavior_type supervisor_state::make_behavior(supervisor_args args) {
  args_ = std::move(args);
  harden(self_);
  budget_ = std::make_shared<byte_budget>(args_.context->partition_byte_budget);
  self_->monitor(args_.node);
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  publish("starting");
  open_unit();
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) { begin_drain(); },
      [this](use_model& m) {
        args_.model = m.model;
        if (factory_) self_->send(factory_, m);
        reconcile_children();
      },
      [this](child_healthy& h) {
        auto it = children_.find(h.name);
        if (it != children_.end() && it->second.generation == h.generation)
          it->second.healthy = true;
      },
      [this](outbox_request& r) { return change(r); },
      [this](discard_request& r) { return ask_factory<mail_discarded>(r); },
      [this](change_call_request& r) { return ask_factory<call_changed>(r); },
      [this](probe_request& r) { return ask_factory<done_message>(r); },
      [this](reprocess_request& r) { return ask_factory<mail_reprocessed>(r); },
  };
}

void supervisor_state::open_unit() {
  offload(
      self_, args_.context->store_pool,
      [engine = args_.context->engine, name = unit_name(args_.model->id())]() -> result<unit> {
        auto store = engine->open(name);
        if (!store) return store.error();
        auto owner = (*store)->claim();
        if (!owner) return owner.error();
        return unit{*store, *owner};
      },
      [this](result<unit> r) { on_unit(std::move(r)); });
}

void supervisor_state::on_unit(result<unit> r) {
  const auto& id = args_.model->id().value;
  if (!r) {
    auto pause = judge(r.error(), {++open_failures_}, args_.context->random).delay;
    log::error("partition_store_failed", {{"partition", id}, {"error", r.error().text()}});
    publish("store failed");
    return later(self_, pause, [this] {
      if (!draining_) open_unit();
    });
  }
  unit_ = std::move(*r);
  args_.context->units->add(id, unit_.store);
  log::info("partition_open", {{"partition", id}, {"epoch", unit_.owner.value}});
  if (draining_) return next_drain_stage();
  publish("running");
  reconcile_children();
}

/// Makes the children be what the model asks for; those that need no change are not touched.
void supervisor_state::reconcile_children() {
  if (!unit_.store || draining_) return;
  const auto* outgoing = args_.model->outgoing();
  want(sender_name, role::sender, {},
       outgoing ? settings_of(*outgoing, *args_.model, *args_.context) : std::string{});
  want(factory_name, role::factory, {}, {});
  const auto scanning = args_.model->config().scanning().SerializeAsString();
  std::map<std::string, bool> wanted;
  for (const auto& server : args_.model->config().incoming()) {
    if (!partitions::is_active(server)) continue;
    wanted[poller_name(server.name())] = true;
    want(poller_name(server.name()), role::poller, server.name(),
         settings_of(server, *args_.model, *args_.context) + ":" + scanning);
  }
  for (auto& [key, c] : children_)
    if (c.role == role::poller && !wanted.contains(key)) {
      c.config.clear();
      retire(c);
    }
  // A child that was waiting to be started again and is no longer wanted has no DOWN to come.
  std::erase_if(children_, [this](const auto& e) {
    auto gone = e.second.retiring && !e.second.address && e.second.config.empty();
    if (gone) args_.context->board->remove_mailbox(e.second.server);
    return gone;
  });
}

void supervisor_state::want(const std::string& child_name, role r, const std::string& server,
                            const std::string& config) {
  auto [it, added] = children_.try_emplace(child_name);
  auto& c = it->second;
  if (added) {
    c.role = r;
    c.server = server;
    c.config = config;
    return start(child_name);
  }
  if (c.config == config) return;
  c.config = config;
  c.failures = 0;
  if (c.address) return retire(c);  // its DOWN starts the next life
  c.retiring = false;
  start(child_name);  // parked or waiting: new settings are a reason to try at once
}

void supervisor_state::start(const std::string& child_name) {
  auto it = children_.find(child_name);
  if (draining_ || it == children_.end() || it->second.address) return;
  auto& c = it->second;
  if (c.role == role::sender && changing_outbox_) {
    sender_is_due_ = true;
    return;
  }
  ++c.generation;
  c.healthy = c.retiring = false;
  c.started_at = args_.context->clock();
  // Called from within the child's own handlers, so it must not touch this state: it sends.
  auto healthy = [to = caf::actor_cast<caf::actor_addr>(self_), child_name,
                  generation = c.generation] {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(to))
      caf::anon_send(caf::actor_cast<supervisor_actor>(strong),
                     child_healthy{child_name, generation});
  };
  switch (c.role) {
    case role::factory:
      c.address = spawn_factory(healthy);
      break;
    case role::sender:
      c.address = spawn_sender(healthy);
      break;
    case role::poller:
      c.address = spawn_poller(c, healthy);
      break;
  }
}

caf::actor_addr supervisor_state::spawn_factory(std::function<void()> healthy) {
  factory_ = self_->spawn<caf::monitored>(
      call_factory, call_factory_args{args_.context, args_.model, unit_.store, unit_.owner,
                                      args_.directory, self_->address(), std::move(healthy)});
  if (sender_) self_->send(factory_, use_sender{sender_});
  for (auto& [server, p] : pollers_) self_->send(p, use_factory{factory_});
  return factory_.address();
}

caf::actor_addr supervisor_state::spawn_sender(std::function<void()> healthy) {
  sender_ = self_->spawn<caf::monitored>(
      sender, sender_args{args_.context, args_.model, unit_.store, unit_.owner, self_->address(),
                          std::move(healthy), args_.directory});
  if (factory_) self_->send(factory_, use_sender{sender_});
  return sender_.address();
}

caf::actor_addr supervisor_state::spawn_poller(const child& c, std::function<void()> healthy) {
  auto p = self_->spawn<caf::monitored>(
      poller, poller_args{args_.context, args_.model, c.server, unit_.store, unit_.owner, budget_,
                          factory_, self_->address(), std::move(healthy), c.restarts, c.breakers});
  pollers_[c.server] = p;
  return p.address();
}

void supervisor_state::retire(child& c) {
  if (c.retiring) return;
  c.retiring = true;
  if (!c.address) return;
  using caf::message_priority;
  switch (c.role) {
    case role::factory:
      self_->send<message_priority::high>(factory_, drain_v);
      break;
    case role::sender:
      self_->send<message_priority::high>(sender_, drain_v);
      break;
    case role::poller:
      self_->send<message_priority::high>(pollers_.at(c.server), drain_v);
      break;
  }
}

void supervisor_state::on_down(const caf::down_msg& msg) {
  if (msg.source == args_.node) return self_->quit(caf::exit_reason::user_shutdown);
  auto it = std::find_if(children_.begin(), children_.end(),
                         [&](const auto& e) { return e.second.address == msg.source; });
  if (it == children_.end()) return;  // a DOWN of an earlier life may still be queued
  auto& [key, c] = *it;
  c.address = nullptr;
  if (c.role == role::poller) pollers_.erase(c.server);
  if (c.role == role::sender) sender_ = nullptr;
  if (draining_) return next_drain_stage();
  if (!c.retiring) return on_death(key, c, from_caf(msg.reason));
  if (c.role == role::poller && c.config.empty()) {
    args_.context->board->remove_mailbox(c.server);
    children_.erase(it);
    return;
  }
  start(key);
}

void supervisor_state::on_death(const std::string& child_name, child& c, const error& reason) {
  child_history life{0, c.healthy, args_.context->clock() - c.started_at};
  c.failures = life.failures = failures_so_far(c.failures, life);
  auto v = judge(reason, life, args_.context->random);
  ++c.restarts;
  const auto& part = args_.model->id().value;
  log::warn(v.fate == fate::park ? "child_parked" : "child_restarts",
            {{"partition", part},
             {"child", child_name},
             {"reason", reason.text()},
             {"in_ms", v.delay.count()},
             {"generation", c.generation}});
  metrics::get_counter("postroom_restarts_total", "children started again",
                       {{"partition", part}, {"child", child_name}})
      .add();
  auto state = v.fate == fate::park ? "parked" : "waiting";
  if (c.role == role::poller)
    args_.context->board->mailbox_waits(c.server, state,
                                        to_millis(args_.context->clock() + v.delay), c.restarts);
  if (c.role == role::sender) args_.context->board->sender_waits(part, state, c.restarts);
  later(self_, v.delay, [this, child_name, generation = c.generation] {
    auto it = children_.find(child_name);
    if (it != children_.end() && it->second.generation == generation) start(child_name);
  });
}

void supervisor_state::begin_drain() {
  if (draining_) return;
  draining_ = true;
  publish("draining");
  next_drain_stage();
}

/// A server that hangs must not hold up the shutdown; what it was sent is repeated under the same
/// Message-ID.
void supervisor_state::limit_sender() {
  if (std::exchange(sender_limited_, true)) return;
  later(self_, sender_drain_limit,
        [this] { self_->send_exit(sender_, caf::exit_reason::user_shutdown); });
}

/// Pollers first, so that the factory gets nothing new; then the factory; the sender last, for what
/// it was nudged about.
void supervisor_state::next_drain_stage() {
  for (auto stage : {role::poller, role::factory, role::sender}) {
    bool waiting = false;
    for (auto& [key, c] : children_)
      if (c.role == stage && c.address) {
        retire(c);
        waiting = true;
      }
    if (waiting && stage == role::sender) limit_sender();
    if (waiting) return;
  }
  if (changing_outbox_) return;  // its end goes on here
  publish("stopped");
  args_.context->units->remove(args_.model->id().value);
  log::info("partition_stopped", {{"partition", args_.model->id().value}});
  // Closing a unit waits for the disk: the last handle must not be let go on a scheduler thread.
  offload(
      self_, args_.context->store_pool,
      [store = std::move(unit_.store)]() mutable -> result<void> {
        store.reset();
        return {};
      },
      [this](result<void>) { self_->quit(caf::exit_reason::user_shutdown); });
}

void supervisor_state::publish(const std::string& state) {
  admin::v1::PartitionStatus s;
  s.set_id(args_.model->id().value);
  s.set_name(args_.model->config().name());
  s.set_state(state);
  args_.context->board->set_partition(s);
}

}  // namespace postroom::actors

#include "actors/node.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "actors/directory.hpp"
#include "actors/errors.hpp"
#include "actors/settings.hpp"
#include "actors/supervisor.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"

namespace postroom::actors {
using google::protobuf::util::MessageDifferencer;

namespace {

constexpr auto settings_deadline = std::chrono::seconds{60};
constexpr auto directory_deadline = std::chrono::seconds{60};

const config::v1::Partition* find(const config::v1::Settings& s, const std::string& id) {
  for (const auto& p : s.partitions())
    if (p.id() == id) return &p;
  return nullptr;
}

/// Of a change whose answer did not come in time: it is run once it is on disk.
caf::error told_of(const caf::error& e) {
  if (from_caf(e).code != ec::timeout) return e;
  return to_caf(fail(ec::timeout,
                     "the change waits behind others and may still be made; `postroom history` "
                     "shows whether it was"));
}

}  // namespace

node_actor::behavior_type node(node_state::pointer self, node_args args) {
  return self->state.make_behavior(std::move(args));
}

node_actor::behavior_type node_state::make_behavior(node_args args) {
  args_ = std::move(args);
  harden(self_);
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  settings_ = self_->spawn<caf::monitored>(
      settings, settings_args{args_.context, args_.settings_store, args_.settings_owner,
                              args_.document, [this, back = address_of(self_)](document_ptr doc) {
                                back.deliver([this, doc] { use_document(*doc); });
                              }});
  directory_ = self_->spawn<caf::monitored>(
      directory, directory_args{args_.context, args_.directory_store, args_.directory_owner,
                                std::move(args_.people)});
  run_document(args_.document);
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) { begin_drain(); },
      // The model is the same; the supervisor sees that a secret is not.
      [this](secret_changed& s) {
        auto it = partitions_.find(s.partition.value);
        if (it != partitions_.end() && it->second.supervisor && it->second.model)
          self_->send(it->second.supervisor, use_model{it->second.model});
      },
      [this](change_request& r) -> caf::result<change_applied> {
        auto promise = self_->make_response_promise<change_applied>();
        self_->request(settings_, settings_deadline, r)
            .then(
                [promise](settings_changed& c) mutable {
                  promise.deliver(change_applied{std::move(c.problems), c.now->version,
                                                 std::move(c.changed), std::move(c.changes),
                                                 c.unchanged, c.revision});
                },
                [promise](caf::error& e) mutable { promise.deliver(told_of(e)); });
        return promise;
      },
      [this](person_request& r) -> caf::result<person_changed> {
        if (draining_ || !directory_)
          return to_caf(fail(ec::cancelled, "the node is stopping; nothing was changed"));
        return self_->delegate(directory_, r);
      },
      [this](outbox_request& r) -> caf::result<outbox_changed> {
        auto to = running(r.change->partition);
        if (!to) return to_caf(to.error());
        return self_->delegate(*to, r);
      },
      [this](discard_request& r) -> caf::result<mail_discarded> {
        auto to = running(r.discard->partition);
        if (!to) return to_caf(to.error());
        return self_->delegate(*to, r);
      },
      [this](change_call_request& r) -> caf::result<call_changed> {
        auto to = running(r.change->partition);
        if (!to) return to_caf(to.error());
        return self_->delegate(*to, r);
      },
      [this](resolve_request& r) -> caf::result<people_resolved> {
        if (!r.ask->as_if) return to_caf(fail(ec::unsupported, "only partitions change people"));
        if (!directory_) return to_caf(fail(ec::cancelled, "the node is stopping"));
        return self_->delegate(directory_, r);
      },
      [this](probe_request& r) -> caf::result<done_message> {
        auto to = running(r.probe->partition);
        if (!to) return to_caf(to.error());
        return self_->delegate(*to, r);
      },
      [this](reprocess_request& r) -> caf::result<mail_reprocessed> {
        auto to = running(r.reprocess->partition);
        if (!to) return to_caf(to.error());
        return self_->delegate(*to, r);
      },
  };
}

result<supervisor_actor> node_state::running(const partition_id& id) const {
  auto it = partitions_.find(id.value);
  if (draining_ || (it != partitions_.end() && it->second.leaving))
    return fail(ec::cancelled, "partition " + id.value + " is stopping; nothing was changed");
  if (it != partitions_.end()) return it->second.supervisor;
  return fail(ec::not_found, "partition " + id.value +
                                 " does not run here; `postroom status` shows those that do");
}

/// What is on disk is run, whoever still waits for an answer or not.
void node_state::use_document(const settings_document& doc) {
  if (doc.version > version_ && !draining_) run_document(doc);
}

/// Makes the partitions be what the document says.
void node_state::run_document(const settings_document& doc) {
  if (args_.context->use_settings) args_.context->use_settings(doc.settings);
  const auto for_all = !MessageDifferencer::Equals(running_.general(), doc.settings.general());
  const auto is_own = [book = book_](const std::string& folded) { return book->contains(folded); };
  const auto known = [book = book_](const partition_id& id) { return book->has(id); };
  for (const auto& p : doc.settings.partitions()) {
    const auto* old = find(running_, p.id());
    if (old && !for_all && MessageDifferencer::Equals(*old, p)) continue;
    book_->put(p);
    install(std::make_shared<const partitions::partition_model>(p, doc.settings.general(),
                                                                doc.version, is_own, known));
  }
  for (const auto& p : running_.partitions())
    if (!find(doc.settings, p.id())) book_->remove(p.id());
  for (auto& [id, part] : partitions_) {
    if (find(doc.settings, id) || part.leaving) continue;
    part.leaving = true;
    part.model = nullptr;
    self_->send<caf::message_priority::high>(part.supervisor, drain_v);
  }
  running_ = doc.settings;
  version_ = doc.version;
  args_.context->board->set_settings_version(doc.version);
}

/// People first: the rules of the new model may name them.
void node_state::install(model_ptr model) {
  self_->request(directory_, directory_deadline, sync_people{model})
      .then([this, model](done_message&) { start(model); },
            [this, model](caf::error& e) {
              log::error("people_not_synced",
                         {{"partition", model->id().value}, {"error", from_caf(e).text()}});
              start(model);
            });
}

void node_state::start(model_ptr model) {
  if (draining_ || !find(running_, model->id().value)) return;
  auto& part = partitions_[model->id().value];
  part.model = model;
  if (part.leaving) return;  // its DOWN starts the new life
  if (part.supervisor) return self_->send(part.supervisor, use_model{model});
  part.supervisor = self_->spawn<caf::monitored>(
      supervisor, supervisor_args{args_.context, model, directory_, self_->address()});
}

void node_state::on_down(const caf::down_msg& msg) {
  if (msg.source == settings_.address() || msg.source == directory_.address()) {
    if (msg.source == settings_.address())
      settings_ = nullptr;
    else
      directory_ = nullptr;
    if (draining_) return next_drain_stage();
    log::error("node_stops", {{"reason", from_caf(msg.reason).text()}});
    return self_->quit(to_caf(fail(ec::internal, "settings or directory died")));
  }
  auto it = std::find_if(partitions_.begin(), partitions_.end(), [&](const auto& e) {
    return e.second.supervisor.address() == msg.source;
  });
  if (it == partitions_.end()) return;
  auto model = it->second.model;
  auto leaving = it->second.leaving;
  auto id = it->first;
  partitions_.erase(it);
  if (draining_) return next_drain_stage();
  if (leaving)
    args_.context->board->remove_partition(id);
  else
    log::error("supervisor_died", {{"partition", id}, {"reason", from_caf(msg.reason).text()}});
  if (model)
    later(self_, duration{leaving ? 0 : 1000}, [this, model] {
      if (!partitions_.contains(model->id().value)) start(model);
    });
}

void node_state::begin_drain() {
  if (draining_) return;
  draining_ = true;
  for (auto& [id, part] : partitions_)
    self_->send<caf::message_priority::high>(part.supervisor, drain_v);
  next_drain_stage();
}

void node_state::next_drain_stage() {
  if (!partitions_.empty()) return;
  if (directory_) return self_->send<caf::message_priority::high>(directory_, drain_v);
  if (settings_) return self_->send<caf::message_priority::high>(settings_, drain_v);
  self_->quit(caf::exit_reason::user_shutdown);
}

}  // namespace postroom::actors

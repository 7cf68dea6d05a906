#include <caf/send.hpp>

#include "actors/directory.hpp"
#include "actors/settings.hpp"
#include "app/admin_settings.hpp"
#include "app/channel_settings.hpp"
#include "app/left_behind.hpp"
#include "app/node_impl.hpp"
#include "channels/factory.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

/// The node as the admin methods see it.
namespace postroom::app {

namespace {

constexpr auto action_deadline = std::chrono::seconds{15};  // a look at the disk and one commit

/// How many keys of a kind there are; counting stops at 100,000, which is more than a status must
/// tell.
uint64_t count(const storage::unit_store& store, storage::keys::kind kind) {
  uint64_t found = 0;
  auto counted = store.scan(storage::keys::all_of(kind),
                            [&](std::string_view, std::string_view) { return ++found < 100'000; });
  return counted ? found : 0;
}

}  // namespace

admin::v1::GetStatusResponse node_process::impl::status() const {
  auto out = board->snapshot();
  out.set_version(POSTROOM_VERSION);
  out.set_started_at(to_millis(started_at));
  auto open = units->all();
  for (auto& p : *out.mutable_partitions()) {
    auto it = open.find(p.id());
    if (it == open.end()) continue;
    if (auto next = it->second->get(storage::keys::meta("next_call")); next && *next)
      p.set_calls(std::strtoull((*next)->c_str(), nullptr, 10) - 1);
    p.mutable_sender()->set_pending(count(*it->second, storage::keys::kind::outbox_due));
    p.mutable_sender()->set_dead(count(*it->second, storage::keys::kind::outbox_dead));
    oauth->add_glance(p);
  }
  return out;
}

trials_backend node_process::impl::trials() {
  trials_backend out;
  out.settings = [this] { return actors::load_settings(*settings_store); };
  out.resolve = [this](std::shared_ptr<const actors::resolve_people> wanted) {
    return ask<actors::people_resolved>(action_deadline, actors::resolve_request{wanted});
  };
  out.open_probe = [this](const actors::open_probe& probe) -> result<void> {
    auto done = ask<actors::done_message>(
        action_deadline, actors::probe_request{std::make_shared<const actors::open_probe>(probe)});
    if (!done) return done.error();
    return {};
  };
  out.make_inbound = [this](channels::inbound_settings s) {
    return channels::make_inbound(*loop, std::move(s));
  };
  out.make_outbound = [this](channels::outbound_settings s) {
    return channels::make_outbound(*loop, std::move(s));
  };
  out.secrets = [this](const partition_id& part) { return resolver_of(*vault, part); };
  out.tokens = [this](const partition_id& part) { return tokens_of(part); };
  out.clock = system_now;
  out.random = system_random;
  out.notes = notes;
  out.gate = gate;
  return out;
}

void node_process::end_trials() {
  x_->gate->stop();
}

open_units node_process::impl::open_stores() const {
  return [units = units] {
    std::vector<open_unit> open;
    for (auto& [id, store] : units->all()) open.push_back({partition_id{id}, store});
    return open;
  };
}

admin_backend node_process::backend() {
  admin_backend out;
  out.units = x_->open_stores();
  out.check = [x = x_.get()](const admin::v1::CheckRequest& r) -> result<admin::v1::CheckResponse> {
    auto done = x->change(wanted_change(r));
    if (!done) return done.error();
    return to_check_response(*done);
  };
  const auto apply = [x = x_.get()](const auto& r,
                                    const std::string& from) -> result<admin::v1::ApplyResponse> {
    auto done = x->change(wanted_change(r, from));
    if (!done) return done.error();
    return to_apply_response(*done);
  };
  out.apply = apply;
  out.roll_back = apply;
  out.settings = [x = x_.get()] { return x->settings_store; };
  out.status = [x = x_.get()]() -> result<admin::v1::GetStatusResponse> { return x->status(); };
  out.board = [x = x_.get()]() -> result<admin::v1::GetStatusResponse> {
    return x->board->snapshot();
  };
  out.change_outbox =
      [x = x_.get()](const actors::change_outbox& wanted) -> result<record::v1::OutboxEntry> {
    auto done = x->ask<actors::outbox_changed>(
        action_deadline,
        actors::outbox_request{std::make_shared<const actors::change_outbox>(wanted)});
    if (!done) return done.error();
    return *done->entry;
  };
  out.discard =
      [x = x_.get()](const actors::discard_mail& wanted) -> result<record::v1::QuarantineEntry> {
    auto done = x->ask<actors::mail_discarded>(
        action_deadline,
        actors::discard_request{std::make_shared<const actors::discard_mail>(wanted)});
    if (!done) return done.error();
    return *done->entry;
  };
  out.change_call = [x = x_.get()](const actors::change_call& wanted) {
    return x->ask<actors::call_changed>(
        action_deadline,
        actors::change_call_request{std::make_shared<const actors::change_call>(wanted)});
  };
  out.engine = [x = x_.get()] { return x->engine; };
  out.settings_now = [x = x_.get()]() -> result<config::v1::Settings> {
    auto document = actors::load_settings(*x->settings_store);
    if (!document) return document.error();
    return std::move(document->settings);
  };
  out.vault = [x = x_.get()] { return x->vault.get(); };
  out.oauth = [x = x_.get()] { return x->oauth.get(); };
  out.secret_changed = [x = x_.get()](const partition_id& part) {
    x->oauth->secret_changed(part);
    caf::anon_send(x->node, actors::secret_changed{part});
  };
  out.access = x_->access.get();
  out.gate = x_->gate;
  out.trials = x_->trials();
  out.trials->units = out.units;
  out.reprocess =
      [x = x_.get()](const actors::reprocess_mail& wanted) -> result<actors::mail_reprocessed> {
    return x->ask<actors::mail_reprocessed>(
        action_deadline,
        actors::reprocess_request{std::make_shared<const actors::reprocess_mail>(wanted)});
  };
  return out;
}

setup_backend node_process::setup() {
  setup_backend out;
  out.settings = [x = x_.get()] { return x->settings_store; };
  out.directory = [x = x_.get()] { return x->directory_store; };
  out.change = [x = x_.get()](std::shared_ptr<const actors::change_settings> wanted) {
    return x->change(std::move(wanted));
  };
  out.change_person =
      [x = x_.get()](const actors::change_person& wanted) -> result<record::v1::Person> {
    auto done = x->ask<actors::person_changed>(
        action_deadline,
        actors::person_request{std::make_shared<const actors::change_person>(wanted)});
    if (!done) return done.error();
    return *done->person;
  };
  out.audit = [x = x_.get()](record::v1::AuditEntry entry) {
    return storage::audit::commit(storage::settings_unit, *x->settings_store, x->settings_owner, {},
                                  std::move(entry));
  };
  out.left_behind = [x = x_.get()](const std::string& partition) {
    return left_behind(partition, *x->engine, *x->directory_store, *x->vault, *x->access);
  };
  out.clock = system_now;
  out.units = x_->open_stores();
  out.gate = x_->gate;
  return out;
}

}  // namespace postroom::app

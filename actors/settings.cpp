#include "actors/settings.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "actors/audit_entries.hpp"
#include "actors/errors.hpp"
#include "actors/settings_edit.hpp"
#include "actors/settings_history.hpp"
#include "actors/settings_prune.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"
#include "partitions/changes.hpp"
#include "partitions/operator_only.hpp"
#include "partitions/secret_reference.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors {
namespace keys = storage::keys;
using google::protobuf::util::MessageDifferencer;

namespace {

/// Whoever asked may have given up waiting, so the threads that ask are no bound.
constexpr std::size_t max_waiting = 64;

/// What the change leads to, before anybody has checked it.
result<config::v1::Settings> wanted_settings(const storage::unit_store& store,
                                             const settings_document& now,
                                             const change_settings& wanted) {
  if (wanted.edit) return wanted.edit->apply(now.settings);
  if (!wanted.back) return merged(now.settings, wanted);
  auto old = load_version(store, wanted.back->version);
  if (!old || wanted.back->partition.empty()) return old;
  const auto part = std::ranges::find_if(
      old->partitions(), [&](const auto& p) { return p.id() == wanted.back->partition; });
  if (part != old->partitions().end()) {
    change_settings only;
    only.partitions = {*part};
    return merged(now.settings, only);
  }
  std::string names;
  for (const auto& p : old->partitions()) names += (names.empty() ? "" : ", ") + p.id();
  return fail(ec::not_found, "version " + std::to_string(wanted.back->version) +
                                 " has no partition " + wanted.back->partition +
                                 "; it has: " + (names.empty() ? "none" : names));
}

/// Everything that is wrong with it, as whoever asks may see it: secrets that it names and that are
/// not there, and what is out of reach, included.
std::vector<partitions::problem> problems_of(const config::v1::Settings& before,
                                             const config::v1::Settings& settings,
                                             const change_settings& wanted,
                                             const secret_names* secrets) {
  auto out = partitions::validate(settings);
  const auto add = [&](std::vector<partitions::problem> more) {
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  if (secrets)
    add(partitions::missing_secrets(
        settings, [&](const auto& part, const auto& name) { return secrets->has(part, name); }));
  if (wanted.limited) add(partitions::operator_only(before, settings));
  return wanted.edit && !out.empty() ? wanted.edit->seen(settings, std::move(out)) : out;
}

/// Of the object of an edit, which may bear its new name by now.
uint64_t revision_after(const change_settings& wanted, const config::v1::Settings& now) {
  if (!wanted.edit) return 0;
  const auto& e = *wanted.edit;
  return partitions::revision_of(e.object_after ? e.object_after(now) : e.object(now));
}

/// One commit: the version, what is known of it, the audit entry, and what goes for it.
result<void> store_version(storage::unit_store& store, epoch owner, const settings_document& next,
                           const change_settings& wanted,
                           const record::v1::SettingsVersion& about) {
  storage::write_batch batch;
  batch.put(keys::settings(next.version), next.settings.SerializeAsString());
  batch.put(keys::settings_version(next.version), about.SerializeAsString());
  const auto keep = kept_versions(next.settings.general());
  if (auto pruned = prune_versions(store, next.version, keep, batch); !pruned) return pruned;
  return storage::audit::commit(storage::settings_unit, store, owner, std::move(batch),
                                audit_of(wanted, about));
}

result<settings_changed> change(storage::unit_store& store, epoch owner,
                                const settings_document& now, const change_settings& wanted,
                                time_point at, const std::shared_ptr<secret_names>& secrets) {
  if (auto good = check_words(now.settings.general(), wanted); !good) return good.error();
  auto settings = wanted_settings(store, now, wanted);
  if (!settings) {
    // Somebody may have taken away what the edit is about.
    auto fresh = check_fresh(store, now, wanted, settings);
    return fresh ? settings.error() : fresh.error();
  }
  // Bytes do not tell: the order of a map's entries differs from process to process.
  const bool same = MessageDifferencer::Equals(*settings, now.settings);
  // Whoever asks a second time, because the first answer was lost, has what they want.
  if (!same && wanted.expected_version != 0 && wanted.expected_version != now.version)
    return outdated(store, now, wanted.expected_version);
  // From the check to the commit no secret may go that the configuration names.
  const auto held = secrets ? secrets->hold() : std::unique_lock<std::mutex>{};
  settings_changed out;
  out.problems = problems_of(now.settings, *settings, wanted, secrets.get());
  out.now = std::make_shared<const settings_document>(now);
  out.unchanged = same && out.problems.empty();
  out.revision = revision_after(wanted, now.settings);
  if (same || !out.problems.empty()) return out;
  if (auto fresh = check_fresh(store, now, wanted, settings); !fresh) return fresh.error();
  out.changes = std::make_shared<const partitions::change_list>(
      partitions::changes_between(now.settings, *settings));
  if (wanted.dry_run) return out;
  const auto next = std::make_shared<const settings_document>(
      settings_document{now.version + 1, std::move(*settings)});
  const auto about = about_version(next->version, at, wanted, *out.changes);
  if (auto done = store_version(store, owner, *next, wanted, about); !done) return done.error();
  log::info("settings_changed", {{"version", next->version}});
  out.changed = partitions::differences(now.settings, next->settings);
  out.now = next;
  out.revision = revision_after(wanted, next->settings);
  return out;
}

}  // namespace

result<settings_document> load_settings(const storage::unit_store& store) {
  settings_document out;
  bool broken = false;
  auto scanned = store.scan(
      keys::all_of(keys::kind::settings),
      [&](std::string_view key, std::string_view value) {
        out.version = keys::trailing_u64(key);
        broken = !out.settings.ParseFromArray(value.data(), static_cast<int>(value.size()));
        return false;
      },
      true);
  if (!scanned) return scanned.error();
  if (broken) return fail(ec::corrupt_record, "the stored settings do not parse");
  return out;
}

config::v1::Settings merged(const config::v1::Settings& now, const change_settings& change) {
  config::v1::Settings out;
  if (change.general)
    *out.mutable_general() = *change.general;
  else if (now.has_general())
    *out.mutable_general() = now.general();
  auto given = [&](const std::string& id) {
    return std::any_of(change.partitions.begin(), change.partitions.end(),
                       [&](const auto& p) { return p.id() == id; });
  };
  if (!change.prune)
    for (const auto& p : now.partitions())
      if (!given(p.id())) *out.add_partitions() = p;
  for (const auto& p : change.partitions) *out.add_partitions() = p;
  // One order, whatever order the files came in: so an unchanged configuration is seen to be
  // unchanged.
  std::stable_sort(out.mutable_partitions()->begin(), out.mutable_partitions()->end(),
                   [](const auto& a, const auto& b) { return a.id() < b.id(); });
  return out;
}

settings_actor::behavior_type settings(settings_state::pointer self, settings_args args) {
  return self->state.make_behavior(std::move(args));
}

settings_actor::behavior_type settings_state::make_behavior(settings_args args) {
  args_ = std::move(args);
  harden(self_);
  now_ = std::make_shared<const settings_document>(std::move(args_.document));
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) {
        draining_ = true;
        if (!busy_) self_->quit(caf::exit_reason::user_shutdown);
      },
      [this](current) {
        return settings_changed{{}, now_};
      },
      [this](change_request& r) -> caf::result<settings_changed> {
        if (queue_.size() >= max_waiting)
          return to_caf(fail(ec::overloaded,
                             "64 changes of the configuration wait already; nothing was changed"));
        auto promise = self_->make_response_promise<settings_changed>();
        queue_.push_back({r.change, promise});
        next();
        return promise;
      },
  };
}

void settings_state::next() {
  if (busy_ || queue_.empty()) return;
  busy_ = true;
  auto p = std::move(queue_.front());
  queue_.pop_front();
  // Checking ten thousand servers takes longer than a handler may: it goes to the pool with the
  // commit.
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, now = now_, wanted = p.change,
       at = args_.context->clock(), secrets = args_.context->secrets] {
        return change(*store, owner, *now, *wanted, at, secrets);
      },
      [this, p](result<settings_changed> r) { on_changed(p, std::move(r)); });
}

void settings_state::on_changed(pending p, result<settings_changed> r) {
  busy_ = false;
  if (r) {
    if (args_.tell && r->now->version != now_->version) args_.tell(r->now);
    now_ = r->now;
    p.promise.deliver(std::move(*r));
  } else {
    p.promise.deliver(to_caf(r.error()));
  }
  if (draining_ && queue_.empty()) return self_->quit(caf::exit_reason::user_shutdown);
  next();
}

}  // namespace postroom::actors

#include "actors/calls.hpp"

#include <algorithm>
#include <utility>

#include "actors/audit_entries.hpp"
#include "actors/call_index.hpp"
#include "actors/ingest_mails.hpp"
#include "actors/outbox.hpp"
#include "partitions/notify.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors::calls {
namespace keys = storage::keys;
using record::v1::Call;
using record::v1::CallUpdate;

namespace {

constexpr int max_shown = 20;

result<void> check_group(const config::v1::Partition& config, const std::string& group) {
  const auto& groups = config.groups();
  if (group.empty() || std::ranges::find(groups, group) != groups.end()) return {};
  std::string have;
  for (int i = 0; i < std::min(groups.size(), max_shown); ++i)
    have += (i == 0 ? "" : ", ") + groups[i];
  if (groups.size() > max_shown) have += " …";
  return fail(ec::config_invalid,
              "group: partition " + config.id() + " has no such group; " +
                  (have.empty() ? "add one to `groups` first" : "use one of: " + have));
}

result<Call> read(const storage::unit_store& store, const change_call& wanted) {
  const auto name = render_call(wanted.partition, wanted.call);
  const auto bytes = store.get(keys::call(wanted.call));
  if (!bytes) return bytes.error();
  if (!*bytes)
    return fail(ec::not_found, "there is no call " + name + "; `postroom calls` lists the newest");
  Call call;
  if (!call.ParseFromString(**bytes)) return fail(ec::corrupt_record, name + " does not parse");
  return call;
}

/// What has come to the call: one event for its state, one for its group, else for the text.
std::vector<partitions::call_event> events_of(const Call& before, const Call& after) {
  using partitions::call_event;
  std::vector<call_event> out;
  if (before.state() != after.state())
    out.push_back(after.state() == record::v1::CLOSED ? call_event::closed : call_event::reopened);
  if (before.group() != after.group()) out.push_back(call_event::assigned);
  if (out.empty()) out.push_back(call_event::updated);
  return out;
}

/// The mails that tell people of it, and in the update who is not told; gives the outbox's next
/// number.
uint64_t add_mails(const partitions::partition_model& model, const Call& before, const Call& after,
                   CallUpdate& update, const telling& tell, time_point now,
                   storage::write_batch& batch) {
  auto next = tell.next_outbox;
  std::vector<std::string> left_out;
  const auto user = ingest::person_of(tell.people, after.user());
  const auto analyst = ingest::person_of(tell.people, after.logging_analyst());
  for (const auto event : events_of(before, after)) {
    partitions::notice n{model, event, after, &update, user, &analyst, nullptr};
    n.tags = &tell.keys->tags;
    n.loop_mark = tell.keys->loop_mark;
    n.id_token = tell.id_token + "-" + std::string(partitions::to_string(event));
    n.now = now;
    for (auto& mail : partitions::notify(n, &left_out)) {
      mail.set_id(next++);
      outbox::add(batch, mail);
    }
  }
  for (auto& note : left_out)  // two events may leave the same person out
    if (std::ranges::find(update.notes(), note) == update.notes().end())
      update.add_notes(std::move(note));
  if (next != tell.next_outbox) batch.put(keys::meta("next_outbox"), std::to_string(next));
  return next;
}

}  // namespace

result<std::set<uint64_t>> people_of(const storage::unit_store& store, const change_call& wanted) {
  auto call = read(store, wanted);
  if (!call && call.code() == ec::not_found) return std::set<uint64_t>{};
  if (!call) return call.error();
  return std::set<uint64_t>{call->user().person(), call->logging_analyst().person()};
}

result<changed> change(storage::unit_store& store, epoch owner,
                       const partitions::partition_model& model, const change_call& wanted,
                       const telling& tell, time_point now) {
  if (auto known = check_group(model.config(), wanted.to.group); !known) return known.error();
  auto before = read(store, wanted);
  if (!before) return before.error();
  auto call = *before;
  auto update = partitions::change_call(call, wanted.to, now);
  if (!update)
    return changed{{std::make_shared<const Call>(std::move(call)), nullptr}, tell.next_outbox};
  storage::write_batch batch;
  put_call(batch, call);
  const auto next = add_mails(model, *before, call, *update, tell, now, batch);
  batch.put(keys::call_update(wanted.call, update->sequence()), update->SerializeAsString());
  if (auto done = storage::audit::commit(storage::partition_unit(wanted.partition), store, owner,
                                         std::move(batch), audit_of(wanted, *update, now));
      !done)
    return done.error();
  return changed{{std::make_shared<const Call>(std::move(call)),
                  std::make_shared<const CallUpdate>(std::move(*update))},
                 next};
}

}  // namespace postroom::actors::calls

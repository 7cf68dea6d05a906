#include "actors/calls.hpp"

#include <algorithm>
#include <utility>

#include "actors/audit_entries.hpp"
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

}  // namespace

result<call_changed> change(storage::unit_store& store, epoch owner,
                            const partitions::partition_model& model, const change_call& wanted,
                            time_point now) {
  if (auto known = check_group(model.config(), wanted.to.group); !known) return known.error();
  auto call = read(store, wanted);
  if (!call) return call.error();
  auto update = partitions::change_call(*call, wanted.to, now);
  if (!update) return call_changed{std::make_shared<const Call>(std::move(*call)), nullptr};
  storage::write_batch batch;
  batch.put(keys::call(wanted.call), call->SerializeAsString());
  batch.put(keys::call_update(wanted.call, update->sequence()), update->SerializeAsString());
  if (auto done = storage::audit::commit(storage::partition_unit(wanted.partition), store, owner,
                                         std::move(batch), audit_of(wanted, *update, now));
      !done)
    return done.error();
  return call_changed{std::make_shared<const Call>(std::move(*call)),
                      std::make_shared<const CallUpdate>(std::move(*update))};
}

}  // namespace postroom::actors::calls

#include "actors/quarantine.hpp"

#include "actors/audit_entries.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::actors::quarantine {
namespace keys = storage::keys;
using record::v1::QuarantineEntry;

result<QuarantineEntry> discard(storage::unit_store& store, epoch owner, const discard_mail& wanted,
                                time_point now) {
  auto name = "mail " + wanted.partition.value + "/" + std::to_string(wanted.mail.value);
  auto bytes = store.get(keys::quarantine(wanted.mail));
  if (!bytes) return bytes.error();
  if (!*bytes)
    return fail(ec::not_found, "there is no " + name +
                                   " in the quarantine; `postroom quarantine --all` lists them");
  QuarantineEntry entry;
  if (!entry.ParseFromString(**bytes))
    return fail(ec::corrupt_record, name + " of the quarantine does not parse");
  if (entry.discarded_at() != 0)
    return fail(ec::conflict, name + " is discarded already; `postroom quarantine show` says by " +
                                  "whom and why");
  entry.set_discarded_at(to_millis(now));
  entry.set_discarded_by(wanted.who);
  entry.set_discard_reason(wanted.reason);
  storage::write_batch batch;
  batch.put(keys::quarantine(wanted.mail), entry.SerializeAsString());
  if (auto done = storage::audit::commit(storage::partition_unit(wanted.partition), store, owner,
                                         std::move(batch), audit_of(wanted, entry, now));
      !done)
    return done.error();
  return entry;
}

}  // namespace postroom::actors::quarantine

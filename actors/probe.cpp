#include "actors/probe.hpp"

#include "storage/keys.hpp"

namespace postroom::actors::probes {
namespace keys = storage::keys;

result<void> open(storage::unit_store& store, epoch owner, const open_probe& wanted,
                  time_point now) {
  storage::write_batch batch;
  auto scanned = store.scan(
      keys::all_of(keys::kind::probe), [&](std::string_view key, std::string_view value) {
        record::v1::Probe old;
        const auto size = static_cast<int>(value.size());
        if (!old.ParseFromArray(value.data(), size) || old.expires_at() <= to_millis(now))
          batch.erase(std::string{key});
        return true;
      });
  if (!scanned) return scanned;
  record::v1::Probe probe;
  probe.set_message_id(wanted.message_id);
  probe.set_expires_at(to_millis(wanted.expires));
  batch.put(keys::probe(wanted.id), probe.SerializeAsString());
  return store.commit(owner, std::move(batch));
}

}  // namespace postroom::actors::probes

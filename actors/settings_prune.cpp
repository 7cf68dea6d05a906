#include "actors/settings_prune.hpp"

#include <charconv>
#include <optional>

#include "postroom/record/v1/record.pb.h"
#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;

namespace {

constexpr uint64_t default_keep = 500;
constexpr int max_at_once = 20;  // so that whoever keeps fewer from now on waits for no long commit
constexpr int64_t day_ms = 86'400'000;
constexpr const char* first_not_seen = "settings_pruned";  // versions below it have been looked at

result<uint64_t> read_first(const storage::unit_store& store) {
  const auto value = store.get(keys::meta(first_not_seen));
  if (!value) return value.error();
  uint64_t out = 1;
  if (*value) std::from_chars((*value)->data(), (*value)->data() + (*value)->size(), out);
  return out;
}

/// Nothing: it was stored before this was kept, so its configuration is all that tells of it.
result<std::optional<int64_t>> day_of(const storage::unit_store& store, uint64_t version) {
  const auto value = store.get(keys::settings_version(version));
  if (!value) return value.error();
  if (!*value) return std::optional<int64_t>{};
  record::v1::SettingsVersion about;
  if (!about.ParseFromString(**value))
    return fail(ec::corrupt_record,
                "what is known of version " + std::to_string(version) + " does not parse");
  return std::optional{about.at() / day_ms};
}

}  // namespace

uint64_t kept_versions(const config::v1::General& general) {
  return general.keep_versions() == 0 ? default_keep : general.keep_versions();
}

result<void> prune_versions(const storage::unit_store& store, uint64_t newest, uint64_t keep,
                            storage::write_batch& batch) {
  const auto first = read_first(store);
  if (!first) return first.error();
  auto version = *first;
  for (; version + keep <= newest && version < *first + max_at_once; ++version) {
    const auto day = day_of(store, version);
    if (!day) return day.error();
    const auto next = day_of(store, version + 1);
    if (!next) return next.error();
    if (*day && *day == *next) batch.erase(keys::settings(version));
  }
  if (version != *first) batch.put(keys::meta(first_not_seen), std::to_string(version));
  return {};
}

}  // namespace postroom::actors

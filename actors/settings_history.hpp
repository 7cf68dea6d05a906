#pragma once

#include <cstdint>
#include <vector>

#include "actors/messages.hpp"
#include "storage/store.hpp"

/// The stored versions of the configuration. Everything that takes a store blocks on the disk.
namespace postroom::actors {

inline constexpr std::size_t max_changed_lines = 10;  ///< kept with a version

/// What a version says. Errors: not_found, naming the newest, or that it is kept no more;
/// corrupt_record.
result<config::v1::Settings> load_version(const storage::unit_store& store, uint64_t version);

/// The newest version below `below`; 0: there is none.
result<uint64_t> newest_version(const storage::unit_store& store, uint64_t below = UINT64_MAX);

/// What is known of the versions below `below`, newest first, at most `count`, perhaps less: those
/// that were stored before this was kept are put together from the audit and the versions
/// themselves, only a few at a time. Empty: there are none.
result<std::vector<record::v1::SettingsVersion>> load_history(const storage::unit_store& store,
                                                              uint64_t below, std::size_t count);

/// Reason and name are short enough, and what needs a reason has one: a roll-back always, any
/// change with `demand_reasons`. Errors: config_invalid.
result<void> check_words(const config::v1::General& general, const change_settings& wanted);

/// What is kept with a new version.
record::v1::SettingsVersion about_version(uint64_t version, time_point at,
                                          const change_settings& wanted,
                                          const partitions::change_list& changes);

/// Why a change made for `expected` is refused: which version is current, who made it, when and
/// what it changed. No values, which might be addresses.
error outdated(const storage::unit_store& store, const settings_document& now, uint64_t expected);

}  // namespace postroom::actors

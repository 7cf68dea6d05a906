#pragma once

#include "actors/messages.hpp"
#include "storage/store.hpp"

/// Changes of single objects of the configuration. Everything here blocks on the disk.
namespace postroom::actors {

/// Whether the object of an edit still is what it was when it was read. `led_to` is what the edit
/// gives: whoever asks a second time for what is there already is not refused. Errors: outdated,
/// which says who changed what in the object and when, but not for one that never was;
/// config_invalid (there is no such version).
result<void> check_fresh(const storage::unit_store& store, const settings_document& now,
                         const change_settings& wanted, const result<config::v1::Settings>& led_to);

}  // namespace postroom::actors

#pragma once

#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/store.hpp"

/// Marked mails in a partition's unit. No CAF in here.
namespace postroom::actors::probes {

/// Writes the mark down and forgets those that are over, in one synced commit. Blocks: for a pool
/// thread. Errors: those of the store.
result<void> open(storage::unit_store& store, epoch owner, const open_probe& wanted,
                  time_point now);

}  // namespace postroom::actors::probes

#pragma once

#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "partitions/model.hpp"
#include "storage/store.hpp"

/// What a person may do with a call. No CAF in here.
namespace postroom::actors::calls {

/// Changes a call in one synced commit with the update that tells of it and its audit entry; does
/// nothing when there is nothing to change. Blocks: for a pool thread, between two rounds, because
/// a round reads and writes calls too. Errors: not_found, config_invalid (the partition has no such
/// group; names those it has), store errors.
result<call_changed> change(storage::unit_store& store, epoch owner,
                            const partitions::partition_model& model, const change_call& wanted,
                            time_point now);

}  // namespace postroom::actors::calls

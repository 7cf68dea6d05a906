#pragma once

#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// By which keys the open calls of a person are found. Blocking; no CAF in here.
namespace postroom::actors {

/// Puts a call, and what leads to it from its User and its Logging Analyst while it is open. Every
/// writer of calls comes this way.
void put_call(storage::write_batch& batch, const record::v1::Call& call);

/// Makes those keys for calls that were stored before there were any: once in a unit's life, by
/// reading all of them. The last of it goes into `last`, for the caller to commit; what was
/// committed before is made again when that fails. Errors: of the store.
result<void> index_open_calls(storage::unit_store& store, epoch owner, storage::write_batch& last);

}  // namespace postroom::actors

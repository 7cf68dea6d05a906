#pragma once

#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// What a person may do with a mail in the quarantine. No CAF in here.
namespace postroom::actors::quarantine {

/// Marks the entry as discarded, with who, when and why, in one synced commit. Its raw bytes and
/// its ledger entry are not touched. Blocks: for a pool thread. Errors: not_found, conflict (it is
/// discarded already), store errors.
result<record::v1::QuarantineEntry> discard(storage::unit_store& store, epoch owner,
                                            const discard_mail& wanted, time_point now);

}  // namespace postroom::actors::quarantine

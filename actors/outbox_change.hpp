#pragma once

#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

/// What a person may do with an entry of the outbox. No CAF in here.
namespace postroom::actors::outbox {

inline constexpr int max_actions = 100;  ///< kept on one entry; then it can only be cancelled

/// Makes the entry what the person asked for, and notes who, when, why and how it stood before.
/// Retry: dead and waiting recipients are due at `now`, attempts and give_up_after count from the
/// start. Cancel: whoever did not get the mail will not get it. Errors: conflict, whose detail says
/// why the entry's state does not allow it. Pure.
result<void> act_on(record::v1::OutboxEntry& entry, const change_outbox& wanted, time_point now);

/// Reads the entry, acts on it and commits it with its place among the due and the dead, all in one
/// synced write. Blocks: for a pool thread. Only for who knows that the entry is in nobody's hand
/// and stays so meanwhile. Errors: not_found and conflict (nothing was changed), store errors.
result<record::v1::OutboxEntry> change(storage::unit_store& store, epoch owner,
                                       const change_outbox& wanted, time_point now);

/// One line in the log, for a change that is on disk. Neither address nor reason.
void log_change(const change_outbox& done);

/// What a person hears who asks for an entry that is in hand.
error in_hand_now(const change_outbox& wanted);

}  // namespace postroom::actors::outbox

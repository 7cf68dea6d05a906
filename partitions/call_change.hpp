#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "postroom/record/v1/record.pb.h"

/// What is changed of a call after it was logged, by whatever way. Pure.
namespace postroom::partitions {

/// Opens or closes a call. The update's `changed` tells it; nothing is told when it is so already.
void set_state(record::v1::Call& call, record::v1::CallState state, time_point now,
               record::v1::CallUpdate& update);
/// Assigns a call to a group, likewise.
void set_group(record::v1::Call& call, const std::string& group, record::v1::CallUpdate& update);
/// Makes the update the call's newest: gives it the call's number, the next in sequence and the
/// time.
void add_update(record::v1::Call& call, time_point now, record::v1::CallUpdate& update);

/// What a person wants changed, not by mail.
struct call_change {
  std::optional<record::v1::CallState> state;  ///< nothing: it stays
  std::string group;                           ///< empty: it stays; else one of the partition's
  std::string text;                            ///< added to the call; may be empty
  std::string who;
  std::string reason;  ///< may be empty
};

/// Changes the call and gives the update that tells of it, of kind CHANGE. Nothing: the call is so
/// already and there is no text, so it is not touched.
std::optional<record::v1::CallUpdate> change_call(record::v1::Call& call, const call_change& wanted,
                                                  time_point now);

}  // namespace postroom::partitions

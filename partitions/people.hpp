#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "postroom/record/v1/record.pb.h"

namespace postroom::partitions {

/// Who a mail's sender is, and what must change in the directory for the mail to become a call.
struct sender_resolution {
  record::v1::PeopleCase people_case = record::v1::UNKNOWN_SENDER;
  record::v1::Person person;         ///< the chosen or the new person, as to be stored
  bool create = false;               ///< `person` is new: its id is 0 until the directory gives one
  bool switch_user_flag_on = false;  ///< `person` was an Analyst only; again so in a replay
  bool changed() const { return create || switch_user_flag_on; }
  std::vector<uint64_t> others;  ///< further people with this address, in order of preference
};

struct sender {
  std::string address;
  std::string name;
  std::string mail_key;   ///< names the mail uniquely; a replay after a crash passes the same
  bool unproved = false;  ///< the address may be forged: nobody who is known is changed by it
  std::string language;   ///< that the mail is written in, for a new person; empty: nobody knows
};

/// Chooses among the people with the sender's address (templates are passed over): this partition
/// first, active first, oldest first. Nobody: a new User of `partition`. Pure.
///
/// A replay decides as the first time: a person whose `created_by` is this mail counts as unknown,
/// one whose `user_flag_by` is this mail as an Analyst only.
sender_resolution resolve_sender(const sender& from,
                                 const std::vector<record::v1::Person>& same_address,
                                 const partition_id& partition, time_point now);

/// The Logging Analyst: the sender, when an analyst and linked analysts are used; else `fallback`,
/// the mailbox's Default Logging Analyst; the sender, when that is null.
const record::v1::Person& logging_analyst(const sender_resolution& who, bool use_linked_analyst,
                                          const record::v1::Person* fallback);

}  // namespace postroom::partitions

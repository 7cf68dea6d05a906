#pragma once

#include <string>
#include <string_view>

#include "postroom/record/v1/record.pb.h"

/// What reports say of people's addresses. Pure; any thread.
namespace postroom::partitions {

/// Whether a mark says that nothing will ever reach the address: its status (RFC 3463) is of the
/// address itself - no such mailbox, no such domain, moved, disabled - and not of one mail, of the
/// sender, of a full mailbox or of a route that fails now.
bool is_unreachable(const record::v1::AddressMark& mark);

/// The status of a mark that tells of no failure: who reads there complained of a mail of ours
/// (RFC 5965), of which the diagnostic says the kind.
inline constexpr const char* complaint_status = "complaint";
bool is_complaint(const record::v1::AddressMark& mark);

/// Whether what we write on our own does not go to the address: it cannot be reached, or its reader
/// does not want it.
bool keeps_mails_away(const record::v1::AddressMark& mark);

/// Why, for a sentence: "the address cannot be reached (5.1.1), as mails that came back say".
std::string why_kept_away(const record::v1::AddressMark& mark);

/// The mark that keeps mails from an address of a person; null: none does. `folded` as fold_address
/// gives it.
const record::v1::AddressMark* unreachable_mark(const record::v1::Person& person,
                                                std::string_view folded);

/// Without the marks of addresses that the person has no more: taking an address away and adding it
/// anew forgets what came back.
void drop_old_marks(record::v1::Person& person);

}  // namespace postroom::partitions

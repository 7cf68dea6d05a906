#pragma once

#include <string_view>

#include "postroom/record/v1/record.pb.h"

/// What reports say of people's addresses. Pure; any thread.
namespace postroom::partitions {

/// Whether a mark says that nothing will ever reach the address: its status (RFC 3463) is of the
/// address itself - no such mailbox, no such domain, moved, disabled - and not of one mail, of the
/// sender, of a full mailbox or of a route that fails now.
bool is_unreachable(const record::v1::AddressMark& mark);

/// The mark that keeps mails from an address of a person; null: none does. `folded` as fold_address
/// gives it.
const record::v1::AddressMark* unreachable_mark(const record::v1::Person& person,
                                                std::string_view folded);

/// Without the marks of addresses that the person has no more: taking an address away and adding it
/// anew forgets what came back.
void drop_old_marks(record::v1::Person& person);

}  // namespace postroom::partitions

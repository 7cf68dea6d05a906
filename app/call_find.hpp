#pragma once

#include <string>
#include <vector>

#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "mail/call_name.hpp"
#include "postroom/record/v1/record.pb.h"

/// Finding a call by its number, what came to it, and the mails about it.
namespace postroom::app {

inline constexpr std::size_t max_mails_of_call = 1000;

/// "IT-000123" in any case. Errors: config_invalid, it is no call number.
result<mail::call_name> read_call(const std::string& text);

struct found_call {
  open_unit unit;
  record::v1::Call call;
};

/// The call of this number. Errors: those of `read_call`, not_found, corrupt_record, those of the
/// store.
result<found_call> find_call(const open_units& units, const std::string& number);

/// The mails sent about a call, oldest first, at most `max_mails_of_call`.
result<std::vector<record::v1::OutboxEntry>> mails_of_call(const open_unit& unit,
                                                           call_number number);

/// The mails that one mail caused to be sent.
result<std::vector<record::v1::OutboxEntry>> mails_caused_by(const open_unit& unit,
                                                             const record::v1::LedgerEntry& entry);

struct call_updates {
  std::vector<record::v1::CallUpdate> updates;  ///< oldest first
  bool more = false;                            ///< there are older ones
};
/// The newest updates of a call, at most `most` and about 8 MiB.
result<call_updates> updates_of_call(const open_unit& unit, call_number number, std::size_t most);

}  // namespace postroom::app

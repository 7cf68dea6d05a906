#include "app/admin_find.hpp"

#include "postroom/record/v1/record.pb.h"

namespace postroom::app {

result<open_unit> find_unit(const open_units& units, const std::string& part) {
  std::string open;
  for (auto& unit : units()) {
    if (unit.part.value == part) return unit;
    open += (open.empty() ? "" : ", ") + unit.part.value;
  }
  return fail(ec::not_found,
              "partition " + part + " is not open; open are: " + (open.empty() ? "none" : open));
}

std::optional<std::string> partition_of_mailbox(const open_units& units,
                                                const std::string& mailbox) {
  std::optional<std::string> best;
  int64_t started = 0;
  for (const auto& unit : units()) {
    const auto state = read_record<record::v1::MailboxState>(
        *unit.store, storage::keys::mailbox(mailbox_id{mailbox}), "the state of a mailbox");
    if (!state || !*state || (best && (*state)->started_at() <= started)) continue;
    best = unit.part.value;
    started = (*state)->started_at();
  }
  return best;
}

}  // namespace postroom::app

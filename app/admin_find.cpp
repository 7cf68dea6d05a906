#include "app/admin_find.hpp"

#include "actors/stored_mail.hpp"

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

result<access::right> right_to_read(const storage::unit_store& store, mail_id mail) {
  const auto entry = read_record<record::v1::QuarantineEntry>(
      store, storage::keys::quarantine(mail), "the quarantine's entry of a mail");
  if (!entry) return entry.error();
  const bool still_there = *entry && (*entry)->became() == record::v1::OUTCOME_UNSPECIFIED;
  return still_there ? admin::v1::QUARANTINE : admin::v1::VIEW_CALLS;
}

result<record::v1::Mail> find_mail(const open_unit& unit, mail_id mail, const access::caller& who) {
  const auto what = "mail " + unit.part.value + "/" + std::to_string(mail.value);
  const auto wanted = right_to_read(*unit.store, mail);
  if (!wanted) return wanted.error();
  if (!who.may(*wanted, unit.part.value))
    return fail(ec::not_found, "there is no " + what + " that you may see");
  auto found = actors::read_mail_record(*unit.store, mail, what);
  if (found || found.code() != ec::not_found) return found;
  return fail(ec::not_found, "there is no " + what + " that you may see");
}

}  // namespace postroom::app

#include "actors/stored_mail.hpp"
#include "app/admin_find.hpp"
#include "app/admin_reads.hpp"
#include "app/call_find.hpp"
#include "mail/mail.hpp"

/// One attachment of a stored mail.
namespace postroom::app {
namespace {

namespace keys = storage::keys;

/// The mail that brought it, and all that it brought.
struct bringer {
  uint64_t mail = 0;
  google::protobuf::RepeatedPtrField<record::v1::Attachment> attachments;
};

result<bringer> find_bringer(const found_call& found, uint32_t update, const std::string& shown) {
  if (update == 0) return bringer{found.call.mail(), found.call.attachments()};
  const auto what = "update " + std::to_string(update) + " of " + shown;
  auto record = read_record<record::v1::CallUpdate>(
      *found.unit.store, keys::call_update(call_number{found.call.number()}, update), what);
  if (!record) return record.error();
  if (!*record) return fail(ec::not_found, "there is no " + what);
  return bringer{(*record)->mail(), (*record)->attachments()};
}

/// What the call's record says of it, which a mail read anew may no longer say.
result<record::v1::Attachment> pick(const bringer& from, uint32_t place, const std::string& shown) {
  const auto count = from.attachments.size();
  if (place > 0 && place <= static_cast<uint32_t>(count))
    return from.attachments[static_cast<int>(place) - 1];
  return fail(ec::not_found, "attachment: " + shown + " has " +
                                 (count == 0 ? "none" : "1 to " + std::to_string(count)) +
                                 ", not " + std::to_string(place));
}

result<std::string> read_bytes(const open_unit& unit, const bringer& from, uint32_t place,
                               const record::v1::Attachment& wanted, const access::caller& who) {
  const auto mail = find_mail(unit, mail_id{from.mail}, who);
  if (!mail) return mail.error();
  const auto raw = actors::read_raw(*unit.store, *mail, "mail " + std::to_string(from.mail));
  if (!raw) return raw.error();
  mail::attachment known;
  known.name = wanted.name();
  known.size = wanted.size();
  auto bytes = mail::read_attachment(**raw, known, place - 1);
  if (bytes || bytes.code() != ec::not_found) return bytes;
  return fail(ec::not_found,
              bytes.error().detail + "; the mail as it came holds it (GetRaw, --raw)");
}

}  // namespace

result<admin::v1::GetAttachmentResponse> get_attachment(
    const open_units& units, const admin::v1::GetAttachmentRequest& request,
    const access::caller& who) {
  const auto found = find_call(units, request.call());
  if (!found) return found.error();
  const auto& part = found->unit.part;
  const auto shown = render_call(part, call_number{found->call.number()});
  const auto from = find_bringer(*found, request.update(), shown);
  if (!from) return from.error();
  const auto attachment = pick(*from, request.attachment(), shown);
  if (!attachment) return attachment.error();
  if (!attachment->withheld().empty() && !who.may(admin::v1::QUARANTINE, part.value))
    return fail(ec::forbidden, "it is withheld, as " + attachment->withheld() +
                                   "; to read it takes the right QUARANTINE");
  auto bytes = read_bytes(found->unit, *from, request.attachment(), *attachment, who);
  if (!bytes) return bytes.error();
  admin::v1::GetAttachmentResponse out;
  *out.mutable_attachment() = *attachment;
  out.set_content(std::move(*bytes));
  return out;
}

}  // namespace postroom::app

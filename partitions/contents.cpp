#include "partitions/contents.hpp"

#include <algorithm>

#include "mail/reply_fold.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

/// A subject of one header line (RFC 5322, 2.1.1); a longer one is nobody's subject but a burden on
/// every list.
constexpr std::size_t max_subject_bytes = 998;

/// 0: the part is not there, or everything is of it.
uint32_t offset(std::size_t at, const std::string& text) {
  return at < text.size() ? static_cast<uint32_t>(at) : 0;
}

template <class Record>
void set_body(Record& to, const mail::parsed_mail& mail) {
  to.set_message_id(mail.message_id);
  to.set_text(mail.text);
  to.set_text_truncated(mail.text_truncated);
  to.set_has_html(!mail.html.empty());
  const auto folds = mail::fold_reply(mail.text);
  if (folds.signature < folds.quoted) to.set_signature_at(offset(folds.signature, mail.text));
  to.set_quoted_at(offset(folds.quoted, mail.text));
  for (const auto& a : mail.attachments) {
    auto& kept = *to.add_attachments();
    kept.set_name(a.name);
    kept.set_content_type(a.content_type);
    kept.set_size(a.size);
    kept.set_inline_(a.is_inline);
    kept.set_content_id(a.content_id);
  }
}

}  // namespace

void set_contents(record::v1::Call& call, const mail::parsed_mail& mail) {
  set_body(call, mail);
  call.set_signed_mail(mail.is_signed);
  call.set_encrypted_mail(mail.is_encrypted);
}

void set_contents(record::v1::CallUpdate& update, const mail::parsed_mail& mail) {
  set_body(update, mail);
  update.set_subject(text::shorten(text::one_line(mail.subject), max_subject_bytes));
  if (mail.is_encrypted)
    update.add_notes("All or a part of the mail is encrypted: it is kept raw.");
}

void withhold(google::protobuf::RepeatedPtrField<record::v1::Attachment>& attachments,
              const std::vector<std::string>& withheld) {
  const auto size =
      std::min<std::size_t>(withheld.size(), static_cast<std::size_t>(attachments.size()));
  for (std::size_t i = 0; i < size; ++i) attachments[static_cast<int>(i)].set_withheld(withheld[i]);
}

record::v1::SenderTrust to_record(mail::trust kind) {
  switch (kind) {
    case mail::trust::aligned:
      return record::v1::ALIGNED;
    case mail::trust::unaligned:
      return record::v1::UNALIGNED;
    case mail::trust::none:
      break;
  }
  return record::v1::UNCHECKED;
}

std::string to_word(mail::origin kind) {
  using mail::origin;
  switch (kind) {
    case origin::person:
      return "person";
    case origin::auto_reply:
      return "auto_reply";
    case origin::out_of_office:
      return "out_of_office";
    case origin::report:
      return "report";
    case origin::list:
      return "list";
    case origin::bulk:
      return "bulk";
    case origin::generated:
      return "generated";
  }
  return "person";
}

}  // namespace postroom::partitions

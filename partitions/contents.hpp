#pragma once

#include <string>
#include <vector>

#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "postroom/record/v1/record.pb.h"

/// What a mail brings into a call, or into an update of one. Pure.
namespace postroom::partitions {

/// Text with where its signature and its quoted part begin, attachments, Message-ID.
void set_contents(record::v1::Call& call, const mail::parsed_mail& mail);
/// The same, and the subject.
void set_contents(record::v1::CallUpdate& update, const mail::parsed_mail& mail);

/// Marks the attachments that the partition's policy keeps out of the record; `withheld` as in
/// `handling`, of the same mail.
void withhold(google::protobuf::RepeatedPtrField<record::v1::Attachment>& attachments,
              const std::vector<std::string>& withheld);

record::v1::SenderTrust to_record(mail::trust kind);

/// "person", "out_of_office" ...: as in DecisionRecord.origin.
std::string to_word(mail::origin kind);

}  // namespace postroom::partitions

#pragma once

#include <optional>
#include <string>

#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "partitions/handling.hpp"
#include "partitions/model.hpp"
#include "partitions/people.hpp"
#include "postroom/record/v1/record.pb.h"

namespace postroom::partitions {

/// All that decides a call.
struct call_input {
  const partition_model& model;
  const config::v1::IncomingServer& server;
  const mail::parsed_mail& mail;
  const sender_resolution& who;
  const record::v1::Person* default_analyst;  ///< null: none set
  record::v1::MailKey key;
  call_number number;
  mail_id raw;
  time_point now;
  mail::trust_verdict trust;                  ///< whether From is the sender's own
  std::vector<record::v1::CallLink> related;  ///< calls that it may belong to
  const handling* handled = nullptr;          ///< what `route` makes of the mail; null: nothing
};

/// The call a mail becomes, with its decision record. Pure: same input, same call.
record::v1::Call decide_call(const call_input& in);

/// The acknowledgement of a call to its user, ready for the outbox but for `id`: what `notify`
/// makes of a call that was logged by this mail. Nothing when the partition has no text or no
/// outgoing server, or the mail must not be answered. `id_token` is random and makes the Message-ID
/// unique.
std::optional<record::v1::OutboxEntry> acknowledge(const partition_model& model,
                                                   const record::v1::Call& call,
                                                   const mail::parsed_mail& mail,
                                                   const record::v1::Person& user,
                                                   const mail::trust_verdict& trust,
                                                   const std::string& id_token, time_point now);

}  // namespace postroom::partitions

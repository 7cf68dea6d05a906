#pragma once

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
  bool commanded = false;                     ///< `default_analyst` had it logged by a mail command
};

/// The call a mail becomes, with its decision record. Pure: same input, same call.
record::v1::Call decide_call(const call_input& in);

}  // namespace postroom::partitions

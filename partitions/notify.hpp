#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/mail.hpp"
#include "mail/reply_tag.hpp"
#include "mail/trust.hpp"
#include "partitions/model.hpp"
#include "partitions/texts.hpp"
#include "postroom/record/v1/record.pb.h"

/// Who is told what of a call: the one way to make an outgoing mail about one.
namespace postroom::partitions {

/// What came to a call, and all that decides who is told of it.
struct notice {
  const partition_model& model;
  call_event what;
  const record::v1::Call& call;            ///< as it is now
  const record::v1::CallUpdate* update;    ///< null: the call itself is new
  const record::v1::Person& user;          ///< whose call it is
  const record::v1::Person* analyst;       ///< the Logging Analyst; null: not known
  const mail::parsed_mail* mail;           ///< that caused it; null: none did
  mail::trust trust = mail::trust::none;   ///< of its sender
  const mail::reply_tags* tags = nullptr;  ///< null: Message-IDs bear no tag
  std::string loop_mark{};                 ///< see `loop_marks`; blank: none
  std::string id_token{};                  ///< random: makes the Message-IDs unique
  time_point now{};
};

/// Whether the author of a mail may be answered: a person, at an address that somebody reads and
/// that is none of our own. The reason names no address.
mail::answer_permission may_answer(const partition_model& model, const mail::parsed_mail& mail);

/// The outbox entries to write, but for their ids; at most one for each recipient. None when there
/// is no outgoing server, or a program answered or reported: what it brings is no news, and might
/// never end. Nobody is told of what they did themselves, but that the user's own mail is answered
/// where it may be, unless its sender is proved wrong: whoever the address belongs to did not
/// write. The answer goes to From, never to Reply-To, which anyone may set to a victim. Nothing
/// goes to an address of a person that keeps mails away (`address_marks.hpp`); their first other
/// address that can be is taken in its place, but for an answer: `left_out` gets a sentence for
/// each. Pure; any thread.
std::vector<record::v1::OutboxEntry> notify(const notice& n,
                                            std::vector<std::string>* left_out = nullptr);

}  // namespace postroom::partitions

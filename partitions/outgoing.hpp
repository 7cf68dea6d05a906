#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mail/mail.hpp"
#include "mail/reply_tag.hpp"
#include "partitions/handling.hpp"
#include "partitions/mail_command.hpp"
#include "partitions/model.hpp"
#include "postroom/record/v1/record.pb.h"

/// What all mails that we write have in common. Pure; any thread.
namespace postroom::partitions {

struct outgoing_frame {
  const partition_model& model;            ///< with an outgoing server
  call_number call;                        ///< that it is about; 0: about none
  const mail::reply_tags* tags = nullptr;  ///< null: Message-IDs bear no tag
  std::string loop_mark{};                 ///< see `loop_marks`; blank: none
  std::string id_token{};                  ///< random, of each mail its own
  time_point now{};
};

/// What a mail bears that goes out because of this one: the partition's own mark, then those that
/// it bears itself. So each helpdesk that it came through knows it when it comes back, and nothing
/// goes round and round between them.
std::string loop_marks(const std::string& own, const mail::parsed_mail& cause);

/// Whether the mail bears the partition's own mark: one of its own mails came back. A report is not
/// one, although it may repeat the header of the mail it is about.
bool is_own_mail(const std::string& own_mark, const mail::parsed_mail& mail);

/// An entry for one recipient but for id, thread and texts: Message-ID and, where the server wants
/// it, Reply-To bear the tag that proves an answer.
record::v1::OutboxEntry start_mail(const outgoing_frame& in, const std::string& kind,
                                   const std::string& address);

/// Whether a mail that we send on our own may go to an address. The reason names no address.
mail::answer_permission may_write_to(const partition_model& model, std::string_view address);

/// RFC 5322 section 3.6.4: the references of an answer.
std::vector<std::string> references_for(const mail::parsed_mail& mail);

/// What is written back to who sent a command. Nothing: the mail may not be answered.
std::optional<record::v1::OutboxEntry> answer_command(const outgoing_frame& in,
                                                      const mail::parsed_mail& mail,
                                                      const command_answer& answer);

/// A mail that a routing rule sends on: as an attachment, or where the attachment policy keeps a
/// part of it back, its text alone.
record::v1::OutboxEntry forward_mail(const outgoing_frame& in, const mail::parsed_mail& mail,
                                     mail_id raw, const handling& handled,
                                     const std::string& address);

}  // namespace postroom::partitions

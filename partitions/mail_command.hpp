#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "mail/mail.hpp"
#include "mail/trust.hpp"
#include "partitions/model.hpp"
#include "postroom/record/v1/record.pb.h"

/// What analysts may do by mail: a keyword at the beginning of the subject, then the call. Pure.
namespace postroom::partitions {

enum class command_kind : uint8_t { log, update, close, reopen, summary };
inline constexpr std::size_t command_kinds = 5;

/// The keyword of each command, as configured or by default; in the order of `command_kind`.
std::array<std::string, command_kinds> command_keywords(const config::v1::MailCommands& config);

/// What stands before the colon in the line that says for whom a call is, as configured or by
/// default.
std::string log_for_label(const config::v1::MailCommands& config);

/// A mail to who sent a command: one line and a plain text.
struct command_answer {
  std::string subject;  ///< "[IT-000123] closed"
  std::string text;
  bool operator==(const command_answer&) const = default;
};

/// What a mail asks for.
struct mail_command {
  command_kind what = command_kind::summary;
  call_number call;           ///< update, close, reopen
  std::string for_address;    ///< log: whose call it becomes; empty: the sender's
  std::string subject;        ///< log: of the new call; may be empty
  std::size_t text_from = 0;  ///< log: the call's text begins here in the mail's, in bytes
  /// It cannot be done as it is written: nothing is done, and this is answered.
  std::optional<command_answer> wrong;
};

struct found_command {
  std::optional<mail_command> command;
  /// There is no command, but a keyword: why it counts for nothing, one sentence for the call.
  std::string note;
  /// The sender may be forged: the mail is taken like any other, but not answered.
  bool silent = false;
  /// The sender could give commands, but nothing proves who wrote: that is answered
  /// (`answer_unproved`).
  bool unproved = false;
};

/// Whom the mail was sent to that another one answers; blank: it is none of ours. None: the other
/// one answers nothing.
using answered_recipient = std::optional<std::string>;

/// Whether the subject holds a keyword where `find_command` looks for one.
bool has_keyword(const partition_model& model, const mail::parsed_mail& mail);

/// The command at the very beginning of a mail's subject. Only a person who is an active analyst of
/// this partition with `mail_commands` gives commands, and only when the sender is proved and has
/// chosen the subject: not in what answers a mail that was not sent from here to the sender or a
/// group. Else a keyword is a word like others. `sender` is who the directory says has the address.
found_command find_command(const partition_model& model, const mail::parsed_mail& mail,
                           const record::v1::Person& sender, const mail::trust_verdict& trust,
                           const answered_recipient& answers = {});

/// What an update, close or reopen does to its call.
struct call_command {
  enum class act : uint8_t {
    nothing,
    add_text,
    close,
    reopen
  };  ///< the last two add the text, too
  act what = act::nothing;
  command_answer answer;
};

/// `call` null: there is none of this number. `has_text`: the mail brings a text or attachments.
call_command judge_command(const partition_model& model, const mail_command& command,
                           const record::v1::Call* call, bool has_text);

/// The answer to a `log` that was done.
command_answer answer_logged(const partition_model& model, const record::v1::Call& call);

/// The answer to a command that was not done for want of proof. It goes to whoever the sender says
/// to be, so it tells nothing but that; `logged`: the mail became a call.
command_answer answer_unproved(const partition_model& model, bool logged);

inline constexpr std::size_t max_summary_calls = 50;
/// Whether a call belongs into the summary of this person: it is open, and theirs as User or
/// Logging Analyst.
bool is_open_call_of(const record::v1::Call& call, uint64_t person);
/// The answer to a `summary`; `calls` are the newest first, of which `max_summary_calls` are shown.
command_answer summarise(const partition_model& model, const std::vector<record::v1::Call>& calls);

}  // namespace postroom::partitions

#include "actors/ingest_command.hpp"

#include "actors/ingest_mails.hpp"
#include "actors/ingest_update.hpp"
#include "partitions/call_change.hpp"
#include "partitions/decide.hpp"
#include "partitions/follow_up.hpp"
#include "partitions/text.hpp"

namespace postroom::actors::ingest {

namespace {

using partitions::call_command;
using partitions::call_event;
using partitions::command_kind;
using record::v1::CallUpdate;

decision answered(record::v1::LedgerEntry entry, const decision_input& in, call_number number,
                  const partitions::command_answer& text) {
  decision out;
  out.entry = std::move(entry);
  out.entry.set_note(text.subject);
  answer(out, in, number, text);
  return out;
}

/// Who commands what, and by what right; that the address is proved the entry says beside it.
std::string sentence_about(const decision_input& in, const partitions::mail_command& command) {
  const auto& who = in.who->person;
  const auto name = partitions::text::visible(who.name().empty() ? in.sender : who.name());
  const auto keywords = partitions::command_keywords(in.model.config().commands());
  return "\"" + name + "\", an active analyst of partition " + in.model.id().value +
         " with mail_commands, gave the command " +
         keywords.at(static_cast<std::size_t>(command.what)) + ".";
}

/// Why a command did nothing, as its sender is told.
void note_why(record::v1::LedgerEntry& entry, const partitions::command_answer& told) {
  constexpr std::size_t max_bytes = 300;
  entry.add_notes(partitions::text::shorten(partitions::text::one_line(told.text), max_bytes));
}

/// The mail as the call's user would have sent it.
mail::parsed_mail mail_for(const decision_input& in, const partitions::mail_command& command,
                           const record::v1::Person& user) {
  auto mail = *in.item.parsed;
  mail.subject = command.subject;
  mail.text.erase(0, command.text_from);
  if (!command.for_address.empty()) mail.from = {user.name(), command.for_address};
  return mail;
}

decision log_call(record::v1::LedgerEntry entry, const decision_input& in,
                  const partitions::mail_command& command) {
  const auto named = in.command_users.find(partitions::fold_address(command.for_address));
  const auto& who = named == in.command_users.end() ? *in.who : named->second;
  auto server = in.server;
  server.set_use_linked_analyst(false);  // whoever gives the command logs the call
  const auto mail = mail_for(in, command, who.person);
  decision out;
  out.is_new = true;
  out.call = partitions::decide_call({in.model,
                                      server,
                                      mail,
                                      who,
                                      &in.who->person,
                                      in.item.key,
                                      in.number,
                                      in.raw,
                                      in.now,
                                      in.item.trust,
                                      {},
                                      in.found.handled ? &*in.found.handled : nullptr,
                                      true});
  partitions::add_participants(*out.call, *in.item.parsed, in.model);
  out.entry = std::move(entry);
  out.entry.set_call(in.number.value);
  out.entry.set_note("a call was logged by command");
  if (!command.for_address.empty()) tell(out, in, call_event::logged, who.person);
  answer(out, in, in.number, partitions::answer_logged(in.model, *out.call));
  return out;
}

/// The text and what the command changes; told to whom the texts name.
void change(decision& out, const decision_input& in, call_command::act act) {
  auto update = next_update(*out.call, CallUpdate::COMMAND, in);
  auto event = call_event::updated;
  if (act == call_command::act::close) {
    partitions::set_state(*out.call, record::v1::CLOSED, in.now, update);
    event = call_event::closed;
  } else if (act == call_command::act::reopen) {
    partitions::set_state(*out.call, record::v1::OPEN, in.now, update);
    event = call_event::reopened;
  }
  update.set_evidence("An analyst's command: " + out.entry.note() + ".");
  out.entry.set_update(update.sequence());
  out.update = std::move(update);
  tell(out, in, event, person_of(in.persons, out.call->user()));
}

result<decision> change_call(record::v1::LedgerEntry entry, const decision_input& in,
                             const partitions::mail_command& command) {
  auto call = in.book.call(command.call);
  if (!call) return call.error();
  const auto& mail = *in.item.parsed;
  const bool has_text =
      mail.text.find_first_not_of(" \t\r\n") != std::string::npos || !mail.attachments.empty();
  const auto judged = partitions::judge_command(in.model, command, *call, has_text);
  decision out;
  out.entry = std::move(entry);
  out.entry.set_note(judged.answer.subject);
  if (*call != nullptr) out.entry.set_call(command.call.value);
  if (judged.what == call_command::act::nothing) {
    note_why(out.entry, judged.answer);
  } else {
    out.call = **call;
    change(out, in, judged.what);
  }
  answer(out, in, call_number{*call == nullptr ? 0 : command.call.value}, judged.answer);
  return out;
}

result<decision> summary(record::v1::LedgerEntry entry, const decision_input& in) {
  auto calls =
      in.book.open_calls_of(person_id{in.who->person.id()}, partitions::max_summary_calls + 1);
  if (!calls) return calls.error();
  return answered(std::move(entry), in, {}, partitions::summarise(in.model, *calls));
}

}  // namespace

std::string logs_for(const partitions::partition_model& model, const mail_item& item,
                     const known& found, const partitions::sender_resolution& who) {
  const auto read =
      partitions::find_command(model, *item.parsed, who.person, item.trust, found.answers);
  const bool logs = read.command && !read.command->wrong && read.command->what == command_kind::log;
  return logs ? read.command->for_address : std::string{};
}

result<decision> do_command(record::v1::LedgerEntry entry, const decision_input& in,
                            const partitions::mail_command& command) {
  entry.set_outcome(record::v1::COMMAND);
  entry.set_command(sentence_about(in, command));
  if (command.what == command_kind::log && !command.wrong)
    return log_call(std::move(entry), in, command);
  note_rules(entry, in);
  if (command.wrong) {
    note_why(entry, *command.wrong);
    return answered(std::move(entry), in, {}, *command.wrong);
  }
  if (command.what == command_kind::summary) return summary(std::move(entry), in);
  return change_call(std::move(entry), in, command);
}

}  // namespace postroom::actors::ingest

#include <algorithm>

#include "partitions/mail_command.hpp"
#include "partitions/text.hpp"

/// What is written back to who sent a command.
namespace postroom::partitions {

namespace {

using act = call_command::act;

constexpr std::size_t max_subject = 80;  // bytes of a call's subject in an answer
constexpr std::size_t max_user = 30;

std::string name_of(const partition_model& model, uint64_t number) {
  return render_call(model.id(), call_number{number});
}

std::string keyword(const partition_model& model, command_kind kind) {
  return command_keywords(model.config().commands())[static_cast<std::size_t>(kind)];
}

/// A line of ours about a call: its subject came by mail.
std::string subject_of(const record::v1::Call& call) {
  const auto subject = text::shorten(text::visible(text::one_line(call.subject())), max_subject);
  return subject.empty() ? "without a subject" : "\"" + subject + "\"";
}

call_command nothing(const std::string& call, const std::string& what, const std::string& remedy) {
  return {act::nothing, {"[" + call + "] " + what, call + " " + what + ". " + remedy}};
}

call_command done(act what, const std::string& call, const std::string& state, std::string text) {
  return {what, {"[" + call + "] " + state, std::move(text)}};
}

std::string with_text(bool has_text) {
  return has_text ? " Your text was added to it." : "";
}

call_command judge_update(const partition_model& model, const record::v1::Call& call,
                          bool has_text) {
  const auto name = name_of(model, call.number());
  if (!has_text)
    return nothing(name, "was not changed",
                   "The mail has no text: write what is to be added below the subject.");
  const bool closed = call.state() == record::v1::CLOSED;
  return done(act::add_text, name, "updated",
              "Your text was added to " + name + ", " + subject_of(call) + "." +
                  (closed ? " It stays closed; \"" + keyword(model, command_kind::reopen) + " " +
                                name + "\" opens it again."
                          : ""));
}

call_command judge_close(const partition_model& model, const record::v1::Call& call,
                         bool has_text) {
  const auto name = name_of(model, call.number());
  if (call.state() == record::v1::CLOSED)
    return nothing(name, "is already closed",
                   "\"" + keyword(model, command_kind::update) + " " + name +
                       "\" adds a text to it, \"" + keyword(model, command_kind::reopen) + " " +
                       name + "\" opens it again.");
  return done(act::close, name, "closed",
              name + ", " + subject_of(call) + ", is closed." + with_text(has_text));
}

call_command judge_reopen(const partition_model& model, const record::v1::Call& call,
                          bool has_text) {
  const auto name = name_of(model, call.number());
  if (call.state() == record::v1::OPEN)
    return nothing(
        name, "is open already",
        "\"" + keyword(model, command_kind::update) + " " + name + "\" adds a text to it.");
  return done(act::reopen, name, "reopened",
              name + ", " + subject_of(call) + ", is open again." + with_text(has_text));
}

/// One column of the summary, as wide as its widest cell.
void pad(std::vector<std::string>& cells) {
  std::size_t width = 0;
  for (const auto& c : cells) width = std::max(width, text::length(c));
  for (auto& c : cells) c += std::string(width - text::length(c) + 2, ' ');
}

std::string table_of(const partition_model& model, const std::vector<record::v1::Call>& calls,
                     std::size_t rows) {
  std::vector<std::string> names{"Call"}, opened{"Opened"}, priorities{"Priority"}, users{"User"};
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& c = calls[i];
    names.push_back(name_of(model, c.number()));
    opened.push_back(render_time(from_millis(c.created_at())).substr(0, 10));
    priorities.push_back(c.priority());
    users.push_back(text::shorten(text::visible(c.user().name()), max_user));
  }
  for (auto* column : {&names, &opened, &priorities, &users}) pad(*column);
  std::string out;
  for (std::size_t i = 0; i <= rows; ++i)
    out += names[i] + opened[i] + priorities[i] + users[i] +
           (i == 0 ? "Subject" : subject_of(calls[i - 1])) + "\n";
  return out;
}

}  // namespace

call_command judge_command(const partition_model& model, const mail_command& command,
                           const record::v1::Call* call, bool has_text) {
  if (command.wrong) return {act::nothing, *command.wrong};
  if (call == nullptr)
    return nothing(name_of(model, command.call.value), "does not exist",
                   "Take the number from a mail about the call; \"" +
                       keyword(model, command_kind::summary) + "\" lists your open calls.");
  switch (command.what) {
    case command_kind::update:
      return judge_update(model, *call, has_text);
    case command_kind::close:
      return judge_close(model, *call, has_text);
    case command_kind::reopen:
      return judge_reopen(model, *call, has_text);
    case command_kind::log:
    case command_kind::summary:
      break;
  }
  return {};
}

command_answer answer_logged(const partition_model& model, const record::v1::Call& call) {
  const auto name = name_of(model, call.number());
  return {"[" + name + "] logged", name + ", " + subject_of(call) + ", was logged for " +
                                       text::visible(call.user().name()) + ", priority " +
                                       call.priority() + "."};
}

command_answer answer_unproved(const partition_model& model, bool logged) {
  return {
      "[" + model.id().value + "] your command was not carried out",
      "The command in the subject of your mail was not carried out, as nothing proves who wrote "
      "it. The mail was " +
          std::string(logged ? "logged as a call." : "taken like any other.")};
}

bool is_open_call_of(const record::v1::Call& call, uint64_t person) {
  return call.state() == record::v1::OPEN && person != 0 &&
         (call.user().person() == person || call.logging_analyst().person() == person);
}

command_answer summarise(const partition_model& model, const std::vector<record::v1::Call>& calls) {
  const auto rows = std::min(calls.size(), max_summary_calls);
  command_answer out{"[" + model.id().value + "] your open calls: " + std::to_string(rows), {}};
  if (rows < calls.size())
    out.subject = "[" + model.id().value + "] your newest " + std::to_string(rows) + " open calls";
  out.text = rows == 0 ? "You have no open calls in " + model.id().value + "."
                       : table_of(model, calls, rows);
  return out;
}

}  // namespace postroom::partitions

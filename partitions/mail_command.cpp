#include "partitions/mail_command.hpp"

#include <algorithm>

#include "mail/ascii.hpp"
#include "mail/call_name.hpp"
#include "mail/fold.hpp"
#include "mail/reply_prefix.hpp"
#include "mail/utf8.hpp"
#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_subject = 998;  // RFC 5322, 2.1.1
constexpr std::size_t max_line = 1'000;   // of the line that says for whom a call is

std::string or_default(const std::string& given, const char* otherwise) {
  return given.empty() ? otherwise : given;
}

/// Takes the first word off `rest`.
std::string_view take_word(std::string_view& rest) {
  rest = text::trim(rest);
  std::size_t end = 0;
  while (end < rest.size() && !mail::is_white(rest[end])) ++end;
  const auto word = rest.substr(0, end);
  rest = text::trim(rest.substr(end));
  return word;
}

std::optional<command_kind> kind_of(std::string_view word, const partition_model& model) {
  if (word.empty()) return {};
  const auto keywords = command_keywords(model.config().commands());
  const auto folded = mail::fold_text(word);
  for (std::size_t i = 0; i < keywords.size(); ++i)
    if (mail::fold_text(keywords[i]) == folded) return static_cast<command_kind>(i);
  return {};
}

/// A subject that begins with a keyword, behind what answers begin with or not.
struct keyword_place {
  std::string line;
  std::size_t begin = 0, end = 0;  ///< of the keyword
  std::optional<command_kind> what;
  [[nodiscard]] std::string word() const { return line.substr(begin, end - begin); }
  [[nodiscard]] std::string_view rest() const {
    return text::trim(std::string_view(line).substr(end));
  }
};

keyword_place find_keyword(const partition_model& model, const mail::parsed_mail& mail) {
  keyword_place out{mail::clean_line(mail::utf8_prefix(mail.subject, max_subject)), 0, 0, {}};
  if (!model.config().commands().active()) return out;
  auto rest = mail::without_reply_prefixes(out.line);
  const auto word = take_word(rest);
  out.begin = word.empty() ? 0 : static_cast<std::size_t>(word.data() - out.line.data());
  out.end = out.begin + word.size();
  out.what = kind_of(word, model);
  return out;
}

bool went_to(const std::string& folded, const partition_model& model, const mail::parsed_mail& mail,
             const record::v1::Person& sender) {
  const auto is_it = [&](const std::string& address) { return fold_address(address) == folded; };
  return is_it(mail.from.addr) || std::ranges::any_of(sender.addresses(), is_it) ||
         std::ranges::any_of(model.config().group_addresses(),
                             [&](const auto& group) { return is_it(group.address()); });
}

/// Why the subject may be another one's choice: whoever wrote what the sender answers or passes on.
std::string not_chosen(const partition_model& model, const mail::parsed_mail& mail,
                       const record::v1::Person& sender, const keyword_place& at,
                       const answered_recipient& answers) {
  if (at.begin != 0) return "it stands behind what an answer or a mail passed on begins with";
  if (!answers) return {};
  const auto folded = fold_address(*answers);
  if (folded.empty()) return "the mail answers one that was not sent from here";
  if (!went_to(folded, model, mail, sender))
    return "the mail answers one that was sent from here to somebody else";
  return {};
}

/// Why this person may give no commands, whoever wrote; empty: they may.
std::string lacking(const partition_model& model, const record::v1::Person& sender) {
  if (sender.partition() != model.id().value || !sender.active() || !sender.analyst())
    return "the sender is no active analyst of this partition";
  if (!sender.mail_commands()) return "the sender may not send mail commands";
  return {};
}

/// Why the mail is no command; empty: it is one.
std::string refusal(const partition_model& model, const mail::parsed_mail& mail,
                    const record::v1::Person& sender, const mail::trust_verdict& trust) {
  if (mail.author.kind != mail::origin::person) return "no person wrote the mail";
  if (trust.kind == mail::trust::unaligned) return "the sender may be forged";
  if (trust.kind != mail::trust::aligned)
    return "no server that is believed has proved who the sender is";
  return lacking(model, sender);
}

command_answer refuse(const partition_model& model, std::string text) {
  return {"[" + model.id().value + "] nothing was done", std::move(text)};
}

/// "IT-000123", "123", and either with brackets around and a colon behind.
std::string_view bare(std::string_view word) {
  constexpr std::string_view around = "[](),:;.";
  while (!word.empty() && around.find(word.front()) != around.npos) word.remove_prefix(1);
  while (!word.empty() && around.find(word.back()) != around.npos) word.remove_suffix(1);
  return word;
}

void read_call(const partition_model& model, const std::string& keyword, std::string_view rest,
               mail_command& out) {
  const auto word = bare(take_word(rest));
  const auto example = "\"" + keyword + " " + render_call(model.id(), call_number{123}) + "\"";
  if (const auto number = mail::read_call_number(word)) {
    out.call = *number;
    return;
  }
  const auto name = mail::read_call_name(word);
  if (!name) {
    const auto what = word.empty() ? "The subject names no call." : show(word) + " is no call.";
    out.wrong = refuse(model, what + " Write it as " + example + ".");
  } else if (name->part != model.id()) {
    out.wrong =
        refuse(model, render_call(name->part, name->number) + " is no call of " + model.id().value +
                          ". Send the command to the address of that partition.");
  } else {
    out.call = name->number;
  }
}

/// The address in "Ann <ann@example.org>", or what stands there alone.
std::string_view address_in(std::string_view s) {
  const auto open = s.rfind('<');
  const auto close = open == s.npos ? s.npos : s.find('>', open);
  return text::trim(close == s.npos ? s : s.substr(open + 1, close - open - 1));
}

/// The first line with something in it may say "for: ann@example.org".
void read_for_whom(const partition_model& model, std::string_view body, mail_command& out) {
  const auto label = log_for_label(model.config().commands());
  std::size_t begin = 0;
  while (begin < body.size() && mail::is_white(body[begin])) ++begin;
  const auto end = std::min(body.find('\n', begin), body.size());
  const auto line = body.substr(begin, std::min(end - begin, max_line));
  const auto colon = line.find(':');
  if (colon == line.npos ||
      mail::fold_text(text::trim(line.substr(0, colon))) != mail::fold_text(label))
    return;
  const auto address = address_in(line.substr(colon + 1));
  if (!is_address(address)) {
    out.wrong = refuse(
        model,
        show(address) + " is no mail address. Write \"" + label +
            ": ann@example.org\" into the first line, or leave it out for a call of your own.");
  } else if (model.is_own(fold_address(address))) {
    out.wrong = refuse(model, show(address) +
                                  " is an address of this helpdesk. Name the person whose call it "
                                  "is.");
  } else {
    out.for_address = address;
    out.text_from = std::min(end + 1, body.size());
  }
}

}  // namespace

std::array<std::string, command_kinds> command_keywords(const config::v1::MailCommands& config) {
  return {or_default(config.log(), "#log"), or_default(config.update(), "#update"),
          or_default(config.close(), "#close"), or_default(config.reopen(), "#reopen"),
          or_default(config.summary(), "#summary")};
}

bool has_keyword(const partition_model& model, const mail::parsed_mail& mail) {
  return find_keyword(model, mail).what.has_value();
}

std::string log_for_label(const config::v1::MailCommands& config) {
  return or_default(config.log_for(), "for");
}

found_command find_command(const partition_model& model, const mail::parsed_mail& mail,
                           const record::v1::Person& sender, const mail::trust_verdict& trust,
                           const answered_recipient& answers) {
  const auto at = find_keyword(model, mail);
  if (!at.what) return {};
  found_command out;
  const auto borrowed = not_chosen(model, mail, sender, at, answers);
  const auto why = borrowed.empty() ? refusal(model, mail, sender, trust) : borrowed;
  if (!why.empty()) {
    out.note = show(at.word()) + " in the subject is no command: " + why;
    out.silent = trust.kind == mail::trust::unaligned;
    out.unproved = borrowed.empty() && mail.author.kind == mail::origin::person &&
                   trust.kind == mail::trust::none && lacking(model, sender).empty();
    return out;
  }
  auto& command = out.command.emplace();
  command.what = *at.what;
  if (command.what == command_kind::log) {
    command.subject = at.rest();
    read_for_whom(model, mail.text, command);
  } else if (command.what != command_kind::summary) {
    read_call(model, at.word(), at.rest(), command);
  }
  return out;
}

}  // namespace postroom::partitions

#include <algorithm>
#include <map>

#include "mail/ascii.hpp"
#include "mail/fold.hpp"
#include "mail/reply_prefix.hpp"
#include "partitions/checks.hpp"
#include "partitions/mail_command.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_keyword = 32;
constexpr std::array<const char*, command_kinds> fields{"log", "update", "close", "reopen",
                                                        "summary"};

void check_keyword(findings& f, const std::string& path, const std::string& word) {
  if (word.size() > max_keyword)
    f.add(path, show(word) + " has " + std::to_string(word.size()) + " bytes",
          "use at most " + std::to_string(max_keyword));
  check_one_line(f, path, word);
  if (std::ranges::any_of(word, mail::is_white))
    f.add(path, show(word) + " is not one word", "write it without blanks, such as #close");
  else if (mail::without_reply_prefixes(word) != word)
    f.add(path, show(word) + " begins like an answer",
          "take another word: what stands behind the beginning of an answer is no command");
}

void check_keywords(findings& f, const config::v1::MailCommands& commands) {
  std::map<std::string, std::string> seen;
  const auto words = command_keywords(commands);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto path = std::string("commands.") + fields[i];
    check_keyword(f, path, words[i]);
    const auto [first, fresh] = seen.emplace(mail::fold_text(words[i]), fields[i]);
    if (!fresh)
      f.add(path, show(words[i]) + " is the keyword of `" + first->second + "` already",
            "give each command a word of its own; case does not count");
  }
}

void check_label(findings& f, const std::string& label) {
  const std::string path = "commands.log_for";
  if (label.size() > max_keyword)
    f.add(path, show(label) + " has " + std::to_string(label.size()) + " bytes",
          "use at most " + std::to_string(max_keyword));
  check_one_line(f, path, label);
  if (label.find(':') != std::string::npos || text::trim(label) != label)
    f.add(path, show(label) + " has a colon or blanks around it",
          "write what stands before the colon alone, such as for");
}

bool gives_commands(const config::v1::Person& person) {
  return person.analyst() && person.mail_commands() && is_active(person) && !person.template_();
}

/// Commands that nobody can give are a mistake.
void check_active(findings& f, const config::v1::Partition& p) {
  if (!p.commands().active()) return;
  if (std::ranges::none_of(p.people(), gives_commands))
    f.add("commands.active", "is on, but no active analyst may send commands",
          "set `mail_commands: true` for an analyst in `people`, or switch commands off");
  if (std::ranges::none_of(p.incoming(),
                           [](const auto& s) { return is_active(s) && s.authserv_ids_size() > 0; }))
    f.add("commands.active", "is on, but no active incoming server can prove who a sender is",
          "name in its `authserv_ids` who checks senders, or switch commands off");
}

}  // namespace

void check_commands(findings& f, const config::v1::Partition& p) {
  check_keywords(f, p.commands());
  check_label(f, log_for_label(p.commands()));
  check_active(f, p);
}

}  // namespace postroom::partitions

#include <algorithm>

#include "app/cli_commands.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/folded_text.hpp"
#include "app/update_words.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// What came to a call after it was logged.
namespace postroom::app {
namespace {

using record::v1::CallUpdate;

void print_update(terminal& term, const admin::v1::GetCallResponse& response, const CallUpdate& u) {
  term.out << "\n";
  std::vector<std::pair<std::string, std::string>> facts{
      {"#" + std::to_string(u.sequence()), show_time(u.at()) + "  " + update_words(u.kind())},
      {"by", u.has_by() ? show_person(u.by()) : u.who()},
      {"sender", trust_words(u.trust(), u.trust_evidence())},
      {"subject", u.subject()},
      {"reason", u.reason()},
      {"mail", u.mail() == 0 ? "" : show_id(response.call().partition(), u.mail())},
      {"belongs here", u.evidence()}};
  for (const auto& changed : u.changed()) facts.emplace_back("changed", changed);
  for (const auto& note : u.notes()) facts.emplace_back("note", note);
  int place = 0;
  for (const auto& a : u.attachments())
    facts.emplace_back("attachment " + std::to_string(++place),
                       a.name() + ", " + show_size(a.size()) +
                           (a.withheld().empty() ? "" : " (withheld: " + a.withheld() + ")"));
  print_facts(term, facts);
  if (!u.text().empty()) print_text(term, response, u.sequence(), u.text());
}

/// The updates of a flood that follow upon each other, as one line; the mails themselves are read
/// with --update. Gives how many they are; fewer than two are shown as they are.
int print_flood(terminal& term, const admin::v1::GetCallResponse& response, int first) {
  int end = first;
  while (end < response.updates_size() && response.updates(end).kind() == CallUpdate::FLOOD) ++end;
  if (end - first < 2) return 0;
  const auto& from = response.updates(first);
  const auto& to = response.updates(end - 1);
  term.out << "\n";
  print_facts(term,
              {{"#" + std::to_string(from.sequence()) + " to #" + std::to_string(to.sequence()),
                std::to_string(end - first) + " mails of a flood"},
               {"from", show_time(from.at())},
               {"to", show_time(to.at())},
               {"the last by", show_person(to.by())},
               {"its subject", to.subject()},
               {"one of them", "--update N --raw"}});
  return end - first;
}

}  // namespace

void print_text(terminal& term, const admin::v1::GetCallResponse& response, uint32_t update,
                const std::string& text) {
  term.out << "\n" << printable_lines(text);
  if (!text.ends_with('\n')) term.out << "\n";
  for (const auto& folded : response.folded())
    if (folded.update() == update) term.out << "(" << folded_words(folded) << ")\n";
}

void print_updates(terminal& term, const admin::v1::GetCallResponse& response) {
  if (response.updates().empty()) return;
  const auto all = response.call().updates();
  const auto shown = static_cast<uint32_t>(response.updates_size());
  print_heading(term, shown < all ? "Updates, the newest " + std::to_string(shown) + " of " +
                                        std::to_string(all)
                                  : "Updates");
  for (int i = 0; i < response.updates_size();) {
    const int folded = print_flood(term, response, i);
    if (folded == 0) print_update(term, response, response.updates(i));
    i += std::max(1, folded);
  }
  term.out << "\n";
}

}  // namespace postroom::app

#include <algorithm>
#include <vector>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_moment.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_trials.hpp"
#include "app/cli_view.hpp"
#include "app/update_words.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using record::v1::Call;
using record::v1::DecisionRecord;

std::string show_people_case(const DecisionRecord& d) {
  std::string out;
  switch (d.people_case()) {
    case record::v1::UNKNOWN_SENDER:
      out = "unknown";
      break;
    case record::v1::USER_ONLY:
      out = "a User";
      break;
    case record::v1::ANALYST_ONLY:
      out = "an Analyst, not a User";
      break;
    case record::v1::ANALYST_AND_USER:
      out = "an Analyst and a User";
      break;
    default:
      out = "not recorded";
      break;
  }
  if (d.person_created()) out += "; a new person was created";
  if (d.user_flag_switched_on()) out += "; the User flag was switched on";
  if (d.other_candidates_size() > 0)
    out += "; " + std::to_string(d.other_candidates_size()) + " other people have this address";
  return out;
}

void print_attachments(terminal& term, const Call& call) {
  if (call.attachments().empty()) return;
  print_heading(term, "Attachments");
  const auto& list = call.attachments();
  const bool any_withheld =
      std::any_of(list.begin(), list.end(), [](const auto& a) { return !a.withheld().empty(); });
  std::vector<column> columns{
      {"#", true}, {"NAME", false, true}, {"TYPE", false, true}, {"SIZE", true}};
  if (any_withheld) columns.push_back({"WITHHELD", false, true});
  table t{std::move(columns)};
  int place = 0;
  for (const auto& a : list) {
    std::vector<cell> row{std::to_string(++place), a.name() + (a.inline_() ? " (inline)" : ""),
                          a.content_type(), show_size(a.size())};
    if (any_withheld) row.emplace_back(a.withheld());
    t.add(std::move(row));
  }
  term.out << t.render(term.width, term.colour);
}

void print_mails(terminal& term, const admin::v1::GetCallResponse& response) {
  if (response.mails_sent().empty()) return;
  print_heading(term, "Mails");
  table t{{{"ID"},
           {"KIND"},
           {"CREATED"},
           {"TO", false, true},
           {"STATE"},
           {"LAST REPLY", false, true},
           {"BY HAND", false, true}}};
  for (const auto& mail : response.mails_sent())
    for (const auto& r : mail.recipients())
      t.add({show_id(response.call().partition(), mail.id()), mail.kind(),
             show_time(mail.created_at()), r.address(), show_state(r), r.last_reply(),
             show_last_action(mail)});
  term.out << t.render(term.width, term.colour);
}

void print_call(terminal& term, const admin::v1::GetCallResponse& response) {
  const auto& c = response.call();
  print_heading(term, show_call(c.partition(), c.number()) + "  " + c.subject());
  const bool closed = c.state() == record::v1::CLOSED;
  const auto flood = std::to_string(c.flood_mails()) + " of its updates are mails of a flood";
  print_facts(term, {{"created", show_time(c.created_at())},
                     {"state", closed ? "closed, since " + show_time(c.closed_at()) : "open"},
                     {"priority",
                      c.priority() + " (impact " + c.impact() + ", urgency " + c.urgency() + ")"},
                     {"status", c.status()},
                     {"stream", c.stream()},
                     {"screen set", c.screen_set()},
                     {"user", show_person(c.user())},
                     {"logging analyst", show_person(c.logging_analyst())},
                     {"office", c.office()},
                     {"group", c.group()},
                     {"flood", c.flood_mails() > 0 ? flood : ""}});
  print_text(term, response, 0, c.text());
  if (c.text_truncated()) term.out << "(the text goes on in the mail: --raw)\n";
  term.out << "\n";
  print_attachments(term, c);
  print_updates(term, response);
  print_decision(term, c);
  print_mails(term, response);
}

/// The call's mail or, with --update, that of an update; as it came or its HTML.
int print_mail_of(const invocation& in, terminal& term,
                  const admin::v1::GetCallResponse& response) {
  auto mail = response.call().mail();
  if (in.has("update")) {
    const auto wanted = in.number("update", 0);
    mail = 0;
    for (const auto& u : response.updates())
      if (u.sequence() == wanted) mail = u.mail();
  }
  if (mail == 0) {
    print_error(term, fail(ec::not_found,
                           "the call has no such update, or no mail brought it; "
                           "`postroom call` shows its newest updates"));
    return exit_failed;
  }
  return in.has("raw") ? print_raw(in, term, response.call().partition(), mail)
                       : print_html(in, term, response.call().partition(), mail);
}

/// Options that need another one, or exclude it; empty: they fit.
std::string wrong_together(const invocation& in) {
  const int things = in.has("raw") + in.has("html") + in.has("attachment");
  for (const auto* option : {"output", "update"})
    if (in.has(option) && things == 0)
      return std::string("--") + option + " is for --raw, --html or --attachment";
  if (things > 1) return "--raw, --html and --attachment are different things; ask for one";
  if (in.has("force") && !in.has("attachment")) return "--force is for --attachment";
  return {};
}

bool read_filters(const invocation& in, terminal& term, admin::v1::ListCallsRequest& request) {
  request.set_partition(partition_of(in));
  request.set_subject(in.get("subject"));
  request.set_user(in.get("user"));
  request.set_analyst(in.get("analyst"));
  request.set_priority(in.get("priority"));
  request.set_status(in.get("status"));
  request.set_group(in.get("group"));
  request.set_server(in.get("server"));
  request.set_state(in.get("state"));
  request.set_tag(in.get("tag"));
  request.set_page_token(in.get("page"));
  int64_t since = 0, until = 0;
  if (!read_moment(in, term, "since", since) || !read_moment(in, term, "until", until))
    return false;
  request.set_since(since);
  request.set_until(until);
  return true;
}

/// What a flood added has a column where there is any: terminals are narrow, floods rare.
table table_of(const admin::v1::ListCallsResponse& list) {
  const bool flood = std::any_of(list.calls().begin(), list.calls().end(),
                                 [](const Call& c) { return c.flood_mails() > 0; });
  std::vector<column> columns{{"CALL"}, {"CREATED"}, {"PRIORITY"}, {"STATUS"}};
  if (flood) columns.push_back({"FLOOD", true});
  columns.push_back({"USER", false, true});
  columns.push_back({"SUBJECT", false, true});
  table t{std::move(columns)};
  for (const auto& c : list.calls()) {
    std::vector<cell> row{show_call(c.partition(), c.number()), show_time(c.created_at()),
                          c.priority(), c.status()};
    if (flood) row.emplace_back(c.flood_mails() > 0 ? std::to_string(c.flood_mails()) : "-");
    row.emplace_back(show_person(c.user()));
    row.emplace_back(c.subject());
    t.add(std::move(row));
  }
  return t;
}

}  // namespace

void print_decision(terminal& term, const Call& call) {
  const auto& d = call.decision();
  print_heading(term, "Why");
  std::vector<std::pair<std::string, std::string>> facts{
      {"server", d.server()},
      {"template", d.template_()},
      {"sender is", show_people_case(d)},
      {"address is", trust_words(d.trust(), d.trust_evidence())},
      {"use linked analyst", d.use_linked_analyst() ? "on" : "off"},
      {"priority", d.impact() + " impact x " + d.urgency() + " urgency = " + d.priority()},
      {"mail", show_key(call.key()) + " of mailbox " + call.key().mailbox()},
      {"message id", call.message_id()}};
  if (d.settings_version() != 0)
    facts.emplace_back("settings version", std::to_string(d.settings_version()));
  for (const auto& note : d.notes()) facts.emplace_back("note", note);
  print_facts(term, facts);
}

int run_calls(const invocation& in, terminal& term) {
  admin::v1::ListCallsRequest request;
  if (!read_filters(in, term, request)) return exit_usage;
  const auto list = ask_pages<admin::v1::ListCallsResponse>(
      in, term, "CallsService/List", request,
      [](const admin::v1::ListCallsResponse& r) { return r.calls_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  if (list->calls().empty()) term.out << "no calls\n";
  auto t = table_of(*list);
  if (!t.empty()) term.out << t.render(term.width, term.colour);
  if (const auto& next = list->next_page_token(); !next.empty())
    term.out << "there are more: --limit N, or --page " << printable(next) << "\n";
  return exit_done;
}

int run_call(const invocation& in, terminal& term) {
  const bool mail = in.has("raw") || in.has("html");
  if (const auto wrong = wrong_together(in); !wrong.empty()) return wrong_usage(in, term, wrong);
  if (in.has("attachment")) return print_attachment(in, term);
  if (in.has("history")) return print_call_history(in, term);
  admin::v1::GetCallRequest request;
  request.set_call(in.positional());
  request.set_full(in.has("full"));
  const auto response = ask<admin::v1::GetCallResponse>(in, term, "CallsService/Get", request);
  if (!response) return exit_failed;
  if (mail) return print_mail_of(in, term, *response);
  if (in.has("json"))
    print_json(term, *response);
  else
    print_call(term, *response);
  return exit_done;
}

}  // namespace postroom::app

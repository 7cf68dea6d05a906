#include <charconv>
#include <optional>

#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::GetStatusResponse;
constexpr const char* clear_screen = "\x1b[H\x1b[2J";

cell show_state(const std::string& state) {
  if (state == "parked" || state == "stopped") return {state, style::bad};
  if (state == "waiting" || state == "degraded") return {state, style::warn};
  return {state, style::good};
}

void print_partitions(terminal& term, const GetStatusResponse& status) {
  table t{{{"PARTITION"},
           {"NAME", false, true},
           {"STATE"},
           {"CALLS", true},
           {"MAILS PENDING", true},
           {"DEAD", true}}};
  for (const auto& p : status.partitions()) {
    const auto& s = p.sender();
    t.add({p.id(), p.name(), show_state(p.state()), p.calls(), s.pending(),
           cell{std::to_string(s.dead()), s.dead() > 0 ? style::warn : style::none}});
  }
  term.out << (t.empty() ? "no partitions: `postroom apply -f FILE` adds them\n"
                         : t.render(term.width, term.colour));
}

/// Of a mailbox at work the time of an earlier pause says nothing.
std::string next_try(const admin::v1::MailboxStatus& m) {
  const bool pauses = m.state() == "waiting" || m.state() == "parked" || m.state() == "failed";
  return pauses ? show_time(m.next_try_at()) : "-";
}

void print_mailboxes(terminal& term, const GetStatusResponse& status) {
  table t{{{"MAILBOX"},
           {"PARTITION"},
           {"PROTOCOL"},
           {"STATE"},
           {"WITHOUT OUTCOME", true},
           {"BEHIND SINCE"},
           {"IN FLIGHT", true},
           {"RESTARTS", true},
           {"LAST SUCCESS"},
           {"NEXT TRY"},
           {"LAST ERROR", false, true}}};
  for (const auto& p : status.partitions())
    for (const auto& m : p.mailboxes())
      t.add({m.name(), m.partition(), m.protocol(), show_state(m.state()),
             cell{std::to_string(m.server_without_outcome()),
                  m.server_without_outcome() > 0 ? style::warn : style::none},
             show_time(m.behind_since()), m.in_flight(), m.restarts(),
             show_time(m.last_success_at()), next_try(m), m.last_error()});
  if (!t.empty()) term.out << "\n" << t.render(term.width, term.colour);
}

void print_senders(terminal& term, const GetStatusResponse& status) {
  table t{{{"SENDER"},
           {"PARTITION"},
           {"STATE"},
           {"SENT", true},
           {"RESTARTS", true},
           {"LAST ERROR", false, true}}};
  for (const auto& p : status.partitions())
    if (const auto& s = p.sender(); !s.server().empty())
      t.add({s.server(), p.id(), show_state(s.state()), s.sent(), s.restarts(), s.last_error()});
  if (!t.empty()) term.out << "\n" << t.render(term.width, term.colour);
}

void print_oauth(terminal& term, const GetStatusResponse& status) {
  table t{{{"OAUTH CLIENT"}, {"STATE"}, {"ENDS"}, {"DAYS LEFT", true}, {"ERROR", false, true}}};
  for (const auto& p : status.partitions())
    for (const auto& c : p.oauth())
      t.add({p.id() + "/" + c.name(),
             cell{c.state(), c.state() == "ready"  ? style::good
                             : c.state() == "idle" ? style::none
                                                   : style::bad},
             c.ends().empty() ? "-" : c.ends(),
             c.ends().empty()
                 ? cell{"-"}
                 : cell{std::to_string(c.days_left()), c.days_left() < 3    ? style::bad
                                                       : c.days_left() < 30 ? style::warn
                                                                            : style::none},
             c.error()});
  if (!t.empty()) term.out << "\n" << t.render(term.width, term.colour);
}

/// Between two looks; nothing when SECONDS is wrong, which `err` says.
std::optional<duration> pause_of(const invocation& in, terminal& term) {
  const auto text = in.positional();
  if (text.empty()) return duration{2'000};
  int seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (in.has("watch") && error == std::errc{} && rest == end && seconds > 0 && seconds <= 86'400)
    return duration{1'000} * seconds;
  term.err << "postroom: SECONDS is a number from 1 to 86400, and for --watch\n"
           << usage_line(in.command());
  return {};
}

void print_status(const invocation& in, terminal& term, const GetStatusResponse& status) {
  if (in.has("json")) return print_json(term, status);
  term.out << "Postroom " << printable(status.version()) << ", up since "
           << show_time(status.started_at()) << ", settings version " << status.settings_version()
           << "\n\n";
  print_partitions(term, status);
  print_mailboxes(term, status);
  print_senders(term, status);
  print_oauth(term, status);
}

}  // namespace

int run_status(const invocation& in, terminal& term) {
  const bool watch = in.has("watch");
  const auto every = pause_of(in, term);
  if (!every) return exit_usage;
  for (;;) {
    const auto status =
        ask<GetStatusResponse>(in, term, "StatusService/Get", admin::v1::GetStatusRequest{});
    if (status && watch && term.tty && !in.has("json")) term.out << clear_screen;
    if (status) print_status(in, term, *status);
    term.out.flush();
    if (!watch) return status ? exit_done : exit_failed;
    // A watch goes on while the server is away: it may come back.
    if (!status) term.err << "postroom: it is tried again; Ctrl-C ends the watch\n";
    if (!term.pause(*every)) return exit_done;
  }
}

}  // namespace postroom::app

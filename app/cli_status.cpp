#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::GetStatusResponse;
constexpr duration watch_period{2'000};
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

void print_mailboxes(terminal& term, const GetStatusResponse& status) {
  table t{{{"MAILBOX"},
           {"PARTITION"},
           {"PROTOCOL"},
           {"STATE"},
           {"IN FLIGHT", true},
           {"RESTARTS", true},
           {"LAST SUCCESS"},
           {"LAST ERROR", false, true}}};
  for (const auto& p : status.partitions())
    for (const auto& m : p.mailboxes())
      t.add({m.name(), m.partition(), m.protocol(), show_state(m.state()), m.in_flight(),
             m.restarts(), show_time(m.last_success_at()), m.last_error()});
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

void print_status(const invocation& in, terminal& term, const GetStatusResponse& status) {
  if (in.has("json")) return print_json(term, status);
  term.out << "Postroom " << printable(status.version()) << ", up since "
           << show_time(status.started_at()) << ", settings version " << status.settings_version()
           << "\n\n";
  print_partitions(term, status);
  print_mailboxes(term, status);
  print_senders(term, status);
}

}  // namespace

int run_status(const invocation& in, terminal& term) {
  for (;;) {
    const auto status =
        ask<GetStatusResponse>(in, term, "StatusService/Get", admin::v1::GetStatusRequest{});
    if (status && in.has("watch") && term.tty && !in.has("json")) term.out << clear_screen;
    if (status) print_status(in, term, *status);
    term.out.flush();
    // A watch goes on while the server is away: it may come back.
    if (!in.has("watch") || !term.pause(watch_period)) return status ? exit_done : exit_failed;
  }
}

}  // namespace postroom::app

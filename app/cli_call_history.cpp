#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::CallHistoryResponse;

cell shown(const std::string& what) {
  if (what == "dead" || what == "quarantined") return {what, style::bad};
  if (what == "waiting") return {what, style::warn};
  if (what == "logged" || what == "sent") return {what, style::good};
  return what;
}

void print_history(terminal& term, const CallHistoryResponse& history) {
  table t{{{"WHEN"},
           {"WHAT"},
           {"ABOUT", false, true},
           {"WHO"},
           {"FROM", false, true},
           {"DETAIL", false, true},
           {"WHY", false, true}}};
  for (const auto& e : history.events())
    t.add({show_time(e.at()), shown(e.what()), e.about(), e.who().empty() ? "-" : e.who(), e.from(),
           e.detail(), e.reason()});
  term.out << t.render(term.width, term.colour);
  if (history.incomplete()) term.out << "there is more than was looked at: `postroom audit`\n";
}

}  // namespace

int print_call_history(const invocation& in, terminal& term) {
  admin::v1::CallHistoryRequest request;
  request.set_call(in.positional());
  const auto history = ask<CallHistoryResponse>(in, term, "CallsService/History", request);
  if (!history) return exit_failed;
  if (in.has("json"))
    print_json(term, *history);
  else
    print_history(term, *history);
  return exit_done;
}

}  // namespace postroom::app

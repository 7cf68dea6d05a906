#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// Changing a call, not by mail.
namespace postroom::app {
namespace {

using record::v1::CallState;

std::string told(const admin::v1::ChangeCallResponse& done) {
  const auto& c = done.call();
  std::string out = show_call(c.partition(), c.number());
  out += c.state() == record::v1::CLOSED ? " is closed" : " is open";
  if (!c.group().empty()) out += ", group " + printable(c.group());
  return done.has_update() ? out : out + " already; nothing was changed";
}

int change(const invocation& in, terminal& term, std::optional<CallState> state) {
  admin::v1::ChangeCallRequest request;
  request.set_call(in.positional());
  if (state) {
    request.set_set_state(true);
    request.set_state(*state);
  }
  request.set_group(in.get("group"));
  request.set_text(in.get("text"));
  add_who_and_why(request, in, term);
  const auto done = ask<admin::v1::ChangeCallResponse>(in, term, "CallsService/Change", request);
  if (!done) return exit_failed;
  return finish_with(in, term, *done, told(*done));
}

}  // namespace

int run_calls_close(const invocation& in, terminal& term) {
  return change(in, term, record::v1::CLOSED);
}
int run_calls_reopen(const invocation& in, terminal& term) {
  return change(in, term, record::v1::OPEN);
}
int run_calls_assign(const invocation& in, terminal& term) {
  return change(in, term, {});
}

}  // namespace postroom::app

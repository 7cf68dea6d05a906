#include "partitions/call_change.hpp"

namespace postroom::partitions {

using record::v1::Call;
using record::v1::CallState;
using record::v1::CallUpdate;

namespace {

std::string told(const char* field, const std::string& before, const std::string& after) {
  return std::string(field) + ": " + (before.empty() ? "none" : before) + " -> " + after;
}

}  // namespace

void set_state(Call& call, CallState state, time_point now, CallUpdate& update) {
  if (call.state() == state) return;
  update.add_changed(
      told("state", record::v1::CallState_Name(call.state()), record::v1::CallState_Name(state)));
  call.set_state(state);
  call.set_closed_at(state == record::v1::CLOSED ? to_millis(now) : 0);
}

void set_group(Call& call, const std::string& group, CallUpdate& update) {
  if (call.group() == group) return;
  update.add_changed(told("group", call.group(), group));
  call.set_group(group);
}

void add_update(Call& call, time_point now, CallUpdate& update) {
  call.set_updates(call.updates() + 1);
  call.set_updated_at(to_millis(now));
  update.set_call(call.number());
  update.set_sequence(call.updates());
  update.set_at(to_millis(now));
}

std::optional<CallUpdate> change_call(Call& call, const call_change& wanted, time_point now) {
  CallUpdate update;
  if (wanted.state) set_state(call, *wanted.state, now, update);
  if (!wanted.group.empty()) set_group(call, wanted.group, update);
  if (update.changed().empty() && wanted.text.empty()) return {};
  update.set_kind(CallUpdate::CHANGE);
  update.set_text(wanted.text);
  update.set_who(wanted.who);
  update.set_reason(wanted.reason);
  add_update(call, now, update);
  return update;
}

}  // namespace postroom::partitions

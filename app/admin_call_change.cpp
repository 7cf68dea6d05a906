#include "app/admin_call_change.hpp"

#include <utility>

#include "app/admin_words.hpp"
#include "app/call_find.hpp"
#include "mail/utf8.hpp"

namespace postroom::app {
namespace {

using admin::v1::ChangeCallRequest;
using admin::v1::ChangeCallResponse;

constexpr std::size_t max_text = 32u << 10;  // bytes; a request has at most 64 KiB

result<void> check_wanted(ChangeCallRequest& request) {
  request.set_text(trimmed(mail::clean_text(request.text())));
  if (request.text().size() > max_text)
    return fail(ec::config_invalid, "text: it is " + std::to_string(request.text().size()) +
                                        " bytes long; use at most " + std::to_string(max_text));
  if (request.set_state() && !record::v1::CallState_IsValid(request.state()))
    return fail(ec::config_invalid, "state: is unknown; use OPEN or CLOSED");
  if (!request.set_state() && request.group().empty() && request.text().empty())
    return fail(ec::config_invalid,
                "set_state, group, text: all are blank; say what to change of the call");
  return {};
}

actors::change_call wanted_of(const ChangeCallRequest& request, const mail::call_name& name,
                              const std::string& from) {
  actors::change_call out{name.part, name.number, {}, from};
  if (request.set_state()) out.to.state = request.state();
  out.to.group = request.group();
  out.to.text = request.text();
  out.to.who = request.who();
  out.to.reason = request.reason();
  return out;
}

}  // namespace

result<ChangeCallResponse> change_call(const admin_backend& backend, ChangeCallRequest request,
                                       const std::string& from) {
  const auto name = read_call(request.call());
  if (!name) return name.error();
  if (auto ok = check_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  if (auto ok = check_wanted(request); !ok) return ok.error();
  const auto done = backend.change_call(wanted_of(request, *name, from));
  if (!done) return done.error();
  ChangeCallResponse out;
  *out.mutable_call() = *done->call;
  if (done->update) *out.mutable_update() = *done->update;
  return out;
}

void hide_contents(ChangeCallResponse& answer, const access::caller& who) {
  auto& call = *answer.mutable_call();
  if (who.may(access::right::VIEW_CALLS, call.partition())) return;
  record::v1::Call left;
  left.set_number(call.number());
  left.set_partition(call.partition());
  left.set_state(call.state());
  left.set_group(call.group());
  left.set_closed_at(call.closed_at());
  left.set_updated_at(call.updated_at());
  left.set_updates(call.updates());
  call = std::move(left);
}

}  // namespace postroom::app

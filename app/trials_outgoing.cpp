#include <algorithm>
#include <set>

#include "app/channel_settings.hpp"
#include "app/trials_common.hpp"
#include "app/trials_draft.hpp"
#include "app/trials_send.hpp"

namespace postroom::app {

using admin::v1::TestOutgoingRequest;
using admin::v1::TestOutgoingResponse;

namespace {

constexpr int max_recipients = 20;
constexpr std::size_t max_message = 64u << 10;
constexpr std::size_t max_subject = 998;
constexpr uint32_t default_seconds = 60;

result<void> check(const TestOutgoingRequest& request) {
  const int all = request.to_size() + request.cc_size() + request.bcc_size();
  if (request.to().empty()) return fail(ec::config_invalid, "to: is blank; name an address");
  if (all > max_recipients)
    return fail(ec::config_invalid, "to, cc, bcc: name at most 20 addresses together");
  if (request.message().size() > max_message)
    return fail(ec::config_invalid, "message: is larger than 64 KiB");
  if (request.subject().size() > max_subject)
    return fail(ec::config_invalid, "subject: has more than 998 bytes");
  return {};
}

result<config::v1::OutgoingServer> server_of(const TestOutgoingRequest& request,
                                             const config::v1::Partition& saved) {
  if (request.has_server()) return with_password(request.server(), saved);
  return saved_outgoing(saved, request.name());
}

std::vector<mail::address> addresses(const google::protobuf::RepeatedPtrField<std::string>& from) {
  std::vector<mail::address> out;
  for (const auto& a : from) out.push_back({"", a});
  return out;
}

mail::outgoing_mail mail_of(const TestOutgoingRequest& request) {
  mail::outgoing_mail m;
  m.to = addresses(request.to());
  m.cc = addresses(request.cc());
  m.subject = request.subject().empty() ? "Postroom test mail" : request.subject();
  m.text = request.message().empty() ? "Postroom sent this mail to test an outgoing server.\n"
                                     : request.message();
  return m;
}

std::vector<std::string> recipients(const TestOutgoingRequest& request) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const auto* list : {&request.to(), &request.cc(), &request.bcc()})
    for (const auto& a : *list)
      if (seen.insert(a).second) out.push_back(a);
  return out;
}

}  // namespace

result<TestOutgoingResponse> test_outgoing(const trials_backend& backend,
                                           const TestOutgoingRequest& request,
                                           const access::caller& who) {
  if (auto ok = check(request); !ok) return ok.error();
  const auto until = deadline_of(request.deadline_seconds(), default_seconds);
  if (!until) return until.error();
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto server = server_of(request, saved->partition);
  if (!server) return server.error();
  TestOutgoingResponse out;
  if (request.has_server())
    for (auto& p : problems_of(*server, *saved, who)) *out.add_problems() = std::move(p);
  if (out.problems_size() > 0) return out;
  const auto pass = backend.gate->enter(request.partition());
  if (!pass) return pass.error();
  note_trial("outgoing", request.partition(), server->host(), who);
  const auto since = std::chrono::steady_clock::now();
  auto sending = trial_sending::start(backend, partition_id{request.partition()}, *server, *until);
  if (!sending) return sending.error();
  const auto mail = sending->render(mail_of(request), backend);
  out.set_message_id(mail.message_id);
  out.set_ok(true);
  for (const auto& to : recipients(request)) {
    auto& r = *out.add_recipients();
    r = sending->send(mail, to);
    if (r.taken()) continue;
    out.set_ok(false);
    if (!out.has_failed()) *out.mutable_failed() = r.failed();
  }
  add_transcript(sending->heard(), *out.mutable_transcript());
  out.set_took_ms(took_ms(since));
  return out;
}

}  // namespace postroom::app

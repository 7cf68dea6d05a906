#include "app/admin_find.hpp"
#include "app/trials_common.hpp"
#include "app/trials_send.hpp"

namespace postroom::app {

using admin::v1::ProbeRoundTripRequest;
using admin::v1::ProbeRoundTripResponse;

namespace {

constexpr uint32_t default_seconds = 120;
constexpr auto lifetime = duration{24 * 3'600'000};
constexpr auto look_again = std::chrono::milliseconds{250};

result<void> check(const ProbeRoundTripRequest& request, const config::v1::Partition& saved) {
  if (request.to().empty())
    return fail(ec::config_invalid,
                "to: is blank; name an address that leads into the mailbox of the server");
  const auto* server = find_incoming(saved, request.incoming());
  if (!server)
    return fail(ec::not_found, "partition " + saved.id() + " has no incoming server named \"" +
                                   request.incoming() + "\"");
  if (partitions::is_active(*server)) return {};
  return fail(ec::conflict, "server " + request.incoming() +
                                " is not active: nobody reads its mailbox; switch it on, or try " +
                                "it with `postroom servers test-incoming`");
}

/// Looks into the partition's own records, so that the mail server is asked by the poller only.
result<record::v1::Probe> await_seen(const trials_backend& backend,
                                     const storage::unit_store& store, const std::string& id,
                                     trial_deadline until) {
  std::mutex mutex;
  std::condition_variable never;
  for (;;) {
    auto probe = read_record<record::v1::Probe>(store, storage::keys::probe(id), "the probe");
    if (!probe) return probe.error();
    if (!*probe) return fail(ec::not_found, "the probe's record is gone");
    const auto now = std::chrono::steady_clock::now();
    if ((*probe)->seen_at() != 0 || now >= until) return **probe;
    std::unique_lock lock{mutex};
    const auto next = std::min(until, now + look_again);
    const bool on_time = !backend.gate->wait(lock, never, next, [] { return false; }) &&
                         std::chrono::steady_clock::now() >= next;
    if (!on_time) return fail(ec::cancelled, "the node is stopping");
  }
}

void add_seen(const record::v1::Probe& probe, const std::string& incoming,
              ProbeRoundTripResponse& out) {
  if (probe.seen_at() == 0) {
    *out.mutable_failed() = failed_step("seen", ec::timeout,
                                        "it was sent, but no mailbox of the "
                                        "partition saw it before the deadline");
    return;
  }
  out.set_seen_at(probe.seen_at());
  *out.mutable_key() = probe.seen_as();
  out.set_ok(probe.seen_as().mailbox() == incoming);
  if (!out.ok())
    *out.mutable_failed() = failed_step("seen", ec::conflict,
                                        "it came into the mailbox of " + probe.seen_as().mailbox());
}

}  // namespace

result<ProbeRoundTripResponse> probe_round_trip(const trials_backend& backend,
                                                const ProbeRoundTripRequest& request,
                                                const access::caller& who) {
  const auto until = deadline_of(request.deadline_seconds(), default_seconds);
  if (!until) return until.error();
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  if (auto ok = check(request, saved->partition); !ok) return ok.error();
  const auto server = saved_outgoing(saved->partition, request.outgoing());
  if (!server) return server.error();
  const auto unit = own_unit(backend, request.partition(), who);
  if (!unit) return unit.error();
  const auto pass = backend.gate->enter(request.partition());
  if (!pass) return pass.error();
  note_trial("probe", request.partition(), server->host(), who);
  auto sending = trial_sending::start(backend, unit->part, *server, *until);
  if (!sending) return sending.error();

  mail::outgoing_mail mail;
  mail.to = {{"", request.to()}};
  mail.subject = "Postroom probe";
  mail.text = "Postroom sent this mail to see it arrive. It becomes no call.\n";
  mail.probe = random_hex(backend.random);
  const auto ready = sending->render(mail, backend);
  // Written down first: the mail may be back before the outgoing server has answered.
  const auto opened =
      backend.open_probe({unit->part, mail.probe, ready.message_id, backend.clock() + lifetime});
  if (!opened) return opened.error();
  const auto since = std::chrono::steady_clock::now();
  ProbeRoundTripResponse out;
  out.set_message_id(ready.message_id);
  const auto sent = sending->send(ready, request.to());
  add_transcript(sending->heard(), *out.mutable_transcript());
  if (!sent.taken()) {
    *out.mutable_failed() = sent.failed();
    return out;
  }
  out.set_sent_at(to_millis(backend.clock()));
  const auto probe = await_seen(backend, *unit->store, mail.probe, *until);
  if (!probe) return probe.error();
  add_seen(*probe, request.incoming(), out);
  out.set_took_ms(took_ms(since));
  return out;
}

}  // namespace postroom::app

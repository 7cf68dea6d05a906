#include "actors/ingest_decide.hpp"
#include "actors/poller_plan.hpp"
#include "actors/reprocess.hpp"
#include "app/admin_find.hpp"
#include "app/channel_settings.hpp"
#include "app/trials_common.hpp"
#include "app/trials_look.hpp"
#include "mail/mail.hpp"

namespace postroom::app {

namespace ingest = actors::ingest;
using admin::v1::TestIncomingRequest;
using admin::v1::TestIncomingResponse;

namespace {

constexpr std::size_t max_shown = 10'000;  // characters
constexpr uint32_t default_seconds = 60;
constexpr uint64_t max_fetched = 25u << 20;

result<config::v1::IncomingServer> server_of(const TestIncomingRequest& request,
                                             const config::v1::Partition& saved,
                                             const access::caller& who) {
  if (request.has_server()) return usable_draft(request.server(), saved, who);
  if (const auto* found = find_incoming(saved, request.name())) return *found;
  return fail(ec::not_found, "partition " + saved.id() + " has no incoming server named \"" +
                                 request.name() + "\"");
}

/// The first characters, not bytes.
std::string shortened(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts && ++characters > max_shown) return text.substr(0, at);
  }
  return text;
}

record::v1::MailKey key_of(const std::string& server, const channels::opened_mailbox& box,
                           const channels::listed_mail& mail) {
  record::v1::MailKey key;
  key.set_mailbox(server);
  key.set_uid_validity(box.uid_validity);
  return actors::plan::key_of(key, mail);
}

std::string status_of(const std::string& part, const record::v1::LedgerEntry& became) {
  const auto name = ingest::outcome_name(became.outcome(), became.reason());
  const auto call = became.call() == 0
                        ? std::string{}
                        : " " + render_call(partition_id{part}, call_number{became.call()});
  return "received: it is in the ledger as " + name + call;
}

std::string status_of(const std::string& part, const trial_outcome& would) {
  const auto name = ingest::outcome_name(would.entry.outcome(), would.entry.reason());
  if (would.call)
    return "received: it would become a call in " + part + " by the template \"" +
           would.call->template_() + "\"";
  return "received: it would be " + name +
         (would.entry.note().empty() ? std::string{} : " (" + would.entry.note() + ")");
}

void show(const mail::parsed_mail& mail, TestIncomingResponse& out) {
  const auto& from = mail.from;
  out.set_sender(from.name.empty() ? from.addr : from.name + " <" + from.addr + ">");
  out.set_subject(mail.subject);
  out.set_message(shortened(mail.text));
}

/// The partition as if the server were saved in it, so that the rules can be tried on the mail.
std::shared_ptr<const partitions::partition_model> model_with(
    const saved_partition& saved, const config::v1::IncomingServer& server) {
  auto partition = saved.partition;
  auto& all = *partition.mutable_incoming();
  const auto same = std::find_if(all.begin(), all.end(),
                                 [&](const auto& s) { return s.name() == server.name(); });
  *(same == all.end() ? all.Add() : &*same) = server;
  return std::make_shared<const partitions::partition_model>(partition, saved.settings.general(),
                                                             saved.version);
}

/// What became of the mail, or would.
result<void> add_status(const trials_backend& backend, const saved_partition& saved,
                        const config::v1::IncomingServer& server, const seen_mail& mail,
                        TestIncomingResponse& out) {
  const auto unit = find_unit(backend.units, saved.partition.id());
  if (!unit) return unit.error();
  const auto became = ledger_of(*unit->store, out.key());
  if (!became) return became.error();
  const auto& part = saved.partition.id();
  if (*became) {
    *out.mutable_became() = **became;
    out.set_status(status_of(part, **became));
    return {};
  }
  const auto limit = actors::plan::settings_of(server).max_mail_bytes;
  const auto item = actors::reprocess::to_item(out.key(), mail.raw, out.size(), limit,
                                               backend.clock(), *backend.notes);
  auto would = decide_dry(backend, *unit->store, model_with(saved, server), server, item);
  if (!would) return would.error();
  out.set_status(status_of(part, *would));
  return {};
}

result<void> add_mail(const trials_backend& backend, const saved_partition& saved,
                      const config::v1::IncomingServer& server, const channels::opened_mailbox& box,
                      const seen_mail& mail, TestIncomingResponse& out) {
  out.set_found(true);
  *out.mutable_key() = key_of(server.name(), box, mail.listed);
  out.set_size(mail.raw ? mail.raw->size() : mail.listed.size);
  if (!mail.raw) {
    out.set_status("it was listed, but not given out: too large, or removed meanwhile");
    return {};
  }
  const auto parsed = mail::parse(*mail.raw);
  if (parsed)
    show(*parsed, out);
  else
    *out.mutable_failed() = failed_step("parse", parsed.error().code, parsed.error().detail);
  return add_status(backend, saved, server, mail, out);
}

/// POP3 lets one client in at a time (RFC 1939, 4), and the poller may be it.
void explain_lock(const config::v1::IncomingServer& server, admin::v1::FailedStep& failed) {
  if (server.protocol() != "POP3" || failed.error() != to_string(ec::server_busy)) return;
  failed.set_remedy(
      "somebody else has the mailbox open, most likely the poller of this very server: POP3 lets "
      "one in at a time; ask again in a minute, or switch the server off while you test");
}

/// Who may set servers up need not be allowed to read the mail.
void hide_mail(TestIncomingResponse& out) {
  out.clear_sender();
  out.clear_subject();
  out.clear_message();
  out.clear_became();
  if (out.found()) out.set_status("received; to see it takes the right VIEW_CALLS");
}

void run(const trials_backend& backend, const saved_partition& saved,
         const config::v1::IncomingServer& server, trial_look& look,
         const TestIncomingRequest& request, TestIncomingResponse& out, result<void>& failed) {
  const auto box = look.open();
  if (!box) {
    failed = box.error();
    return;
  }
  out.set_messages(box->messages);
  const auto mail = look.find(request, *box);
  if (!mail) {
    failed = mail.error();
    return;
  }
  look.close();
  out.set_ok(true);
  if (!*mail) {
    out.set_status(box->messages == 0 ? "the mailbox is empty; send a mail to it and ask again"
                                      : "no such mail was found");
    return;
  }
  if (auto added = add_mail(backend, saved, server, *box, **mail, out); !added)
    out.set_status("received; what it would become cannot be told: " + added.error().text());
}

}  // namespace

result<TestIncomingResponse> test_incoming(const trials_backend& backend,
                                           const TestIncomingRequest& request,
                                           const access::caller& who) {
  const auto until = deadline_of(request.deadline_seconds(), default_seconds);
  if (!until) return until.error();
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto server = server_of(request, saved->partition, who);
  if (!server) return server.error();
  auto settings = inbound_settings_of(*server, backend.secrets(partition_id{request.partition()}));
  if (!settings) return settings.error();
  settings->max_mail_bytes = std::min(settings->max_mail_bytes, max_fetched);
  const auto pass = backend.gate->enter(request.partition());
  if (!pass) return pass.error();
  note_trial("incoming", request.partition(), server->host(), who);
  const auto since = std::chrono::steady_clock::now();
  trial_look look{backend, std::move(*settings), *until};
  TestIncomingResponse out;
  result<void> failed;
  run(backend, *saved, *server, look, request, out, failed);
  if (!failed) {
    const auto& why = failed.error();
    *out.mutable_failed() =
        failed_step(look.step(why.code), why.code, look.heard().mask(why.detail));
    explain_lock(*server, *out.mutable_failed());
  }
  if (!who.may(admin::v1::VIEW_CALLS, request.partition())) hide_mail(out);
  add_transcript(look.heard(), *out.mutable_transcript());
  out.set_took_ms(took_ms(since));
  return out;
}

}  // namespace postroom::app

#include "actors/ingest_decide.hpp"
#include "actors/poller_plan.hpp"
#include "actors/reprocess.hpp"
#include "app/admin_find.hpp"
#include "app/channel_settings.hpp"
#include "app/trials_common.hpp"
#include "app/trials_draft.hpp"
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
                                             const config::v1::Partition& saved) {
  if (request.has_server()) return with_password(request.server(), saved);
  if (const auto* found = find_incoming(saved, request.name())) return *found;
  return fail(ec::not_found, "partition " + saved.id() + " has no incoming server named \"" +
                                 request.name() + "\"");
}

/// Each protocol knows its mails by numbers of its own.
result<void> check_named(const TestIncomingRequest& request,
                         const config::v1::IncomingServer& server) {
  const auto& protocol = server.protocol();
  const bool by_uid = protocol == "IMAP";
  const auto& name = server.name();
  if (!by_uid && request.uid() != 0)
    return fail(ec::config_invalid, "uid: " + protocol + " knows no UIDs, and server " + name +
                                        " speaks it; name the mail by uidl, message_id or "
                                        "subject");
  if (by_uid && !request.uidl().empty())
    return fail(ec::config_invalid, "uidl: IMAP knows no UIDLs, and server " + name +
                                        " speaks IMAP; name the mail by uid, message_id or "
                                        "subject");
  return {};
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
  if (would.update)
    return "received: it would be added to call " +
           render_call(partition_id{part}, call_number{would.call->number()});
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

/// One trial that may connect.
struct trial {
  const trials_backend& backend;
  const saved_partition& saved;
  const config::v1::IncomingServer& server;
  const access::caller& who;
  TestIncomingResponse& out;
};

/// What became of the mail, or would.
result<void> add_status(const trial& t, const seen_mail& mail) {
  const auto& part = t.saved.partition.id();
  const auto unit = own_unit(t.backend, part, t.who);
  if (!unit) return unit.error();
  const auto became = ledger_of(*unit->store, t.out.key());
  if (!became) return became.error();
  if (*became) {
    *t.out.mutable_became() = **became;
    t.out.set_status(status_of(part, **became));
    return {};
  }
  const auto item = actors::reprocess::to_item(t.out.key(), mail.raw, t.out.size(), t.server,
                                               t.backend.clock(), *t.backend.notes);
  const auto would =
      decide_dry(t.backend, *unit->store, model_with(t.saved, t.server), t.server, item, t.who);
  if (!would) return would.error();
  t.out.set_status(status_of(part, *would));
  return {};
}

result<void> add_mail(const trial& t, const channels::opened_mailbox& box, const seen_mail& mail) {
  t.out.set_found(true);
  *t.out.mutable_key() = key_of(t.server.name(), box, mail.listed);
  t.out.set_size(mail.raw ? mail.raw->size() : mail.listed.size);
  if (!mail.raw) {
    t.out.set_status("it was listed, but not given out: too large, or removed meanwhile");
    return {};
  }
  const auto parsed = mail::parse(*mail.raw);
  if (parsed)
    show(*parsed, t.out);
  else
    *t.out.mutable_failed() = failed_step("parse", parsed.error().code, parsed.error().detail);
  return add_status(t, mail);
}

/// POP3 lets one client in at a time (RFC 1939, 4), and the poller may be it.
void explain_lock(const config::v1::IncomingServer& server, admin::v1::FailedStep& failed) {
  if (server.protocol() != "POP3" || failed.error() != to_string(ec::server_busy)) return;
  failed.set_remedy(
      "somebody else has the mailbox open, most likely the poller of this very server: POP3 lets "
      "one in at a time; ask again in a minute, or switch the server off while you test");
}

/// What it takes to read the mail: of one that Postroom keeps, what the kept one takes.
result<access::right> right_to_show(const trial& t) {
  if (t.out.became().mail() == 0) return admin::v1::VIEW_CALLS;
  const auto unit = own_unit(t.backend, t.saved.partition.id(), t.who);
  if (!unit) return unit.error();
  return right_to_read(*unit->store, mail_id{t.out.became().mail()});
}

/// Who may set servers up need not be allowed to read the mail.
result<void> hide_mail(const trial& t) {
  if (!t.out.found()) return {};
  const auto wanted = right_to_show(t);
  if (!wanted) return wanted.error();
  if (t.who.may(*wanted, t.saved.partition.id())) return {};
  t.out.clear_sender();
  t.out.clear_subject();
  t.out.clear_message();
  t.out.clear_became();
  t.out.set_status("received; to see it takes the right " + admin::v1::Right_Name(*wanted));
  return {};
}

/// Errors: what went wrong with the server.
result<void> look_at_mail(const trial& t, trial_look& look, const TestIncomingRequest& request) {
  const auto box = look.open();
  if (!box) return box.error();
  t.out.set_messages(box->messages);
  const auto mail = look.find(request, *box);
  if (!mail) return mail.error();
  look.close();
  t.out.set_ok(true);
  if (!*mail)
    t.out.set_status(box->messages == 0 ? "the mailbox is empty; send a mail to it and ask again"
                                        : "no such mail was found");
  else if (auto added = add_mail(t, *box, **mail); !added)
    t.out.set_status("received; what it would become cannot be told: " + added.error().text());
  return {};
}

/// Errors: the trial is none.
result<void> run(const trial& t, const TestIncomingRequest& request, trial_deadline until) {
  const auto& part = t.saved.partition.id();
  const partition_id id{part};
  auto settings =
      inbound_settings_of(id, t.server, t.backend.secrets(id), tokens_of(t.backend, id));
  if (!settings) return settings.error();
  settings->max_mail_bytes = std::min(settings->max_mail_bytes, max_fetched);
  const auto pass = t.backend.gate->enter(part);
  if (!pass) return pass.error();
  note_trial("incoming", part, t.server.host(), t.who);
  const auto since = std::chrono::steady_clock::now();
  trial_look look{t.backend, std::move(*settings), until};
  if (const auto looked = look_at_mail(t, look, request); !looked) {
    const auto& why = looked.error();
    *t.out.mutable_failed() =
        failed_step(look.step(why.code), why.code, look.heard().mask(why.detail));
    explain_lock(t.server, *t.out.mutable_failed());
  }
  add_transcript(look.heard(), *t.out.mutable_transcript());
  t.out.set_took_ms(took_ms(since));
  return hide_mail(t);
}

}  // namespace

result<TestIncomingResponse> test_incoming(const trials_backend& backend,
                                           const TestIncomingRequest& request,
                                           const access::caller& who) {
  const auto until = deadline_of(request.deadline_seconds(), default_seconds);
  if (!until) return until.error();
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto server = server_of(request, saved->partition);
  if (!server) return server.error();
  TestIncomingResponse out;
  if (request.has_server())
    for (auto& p : problems_of(*server, *saved, who)) *out.add_problems() = std::move(p);
  if (out.problems_size() > 0) return out;
  if (auto ok = check_named(request, *server); !ok) return ok.error();
  if (auto r = run({backend, *saved, *server, who, out}, request, *until); !r) return r.error();
  return out;
}

}  // namespace postroom::app

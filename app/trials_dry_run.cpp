#include <set>

#include "actors/ingest_decide.hpp"
#include "actors/poller_plan.hpp"
#include "actors/reprocess.hpp"
#include "actors/stored_mail.hpp"
#include "app/admin_find.hpp"
#include "app/trials_common.hpp"
#include "base/digest.hpp"
#include "mail/language.hpp"

namespace postroom::app {

namespace ingest = actors::ingest;
using admin::v1::DryRunRequest;
using admin::v1::DryRunResponse;
using model_ptr = std::shared_ptr<const partitions::partition_model>;

namespace {

constexpr std::size_t max_eml = 25u << 20;

/// The mail a dry run is about.
struct subject {
  record::v1::MailKey key;
  std::shared_ptr<const std::string> raw;
  uint64_t size = 0;
  record::v1::Mail record;  ///< of a stored one; its id is 0 for an uploaded one
};

result<subject> stored_subject(const open_unit& unit, const DryRunRequest& request,
                               const access::caller& who) {
  auto mail = find_mail(unit, mail_id{request.mail()}, who);
  if (!mail) return mail.error();
  if (mail->chunks() == 0)
    return fail(ec::not_found, "the bytes of mail " + request.partition() + "/" +
                                   std::to_string(request.mail()) + " were not kept");
  return subject{mail->key(), nullptr, mail->size(), std::move(*mail)};
}

/// Not those of a mail that is too large anyway.
result<void> read_bytes(const storage::unit_store& store, uint64_t max_bytes, subject& mail) {
  if (mail.raw || mail.size > max_bytes) return {};
  auto raw = actors::read_raw(store, mail.record, "mail " + std::to_string(mail.record.id()));
  if (!raw) return raw.error();
  mail.raw = std::move(*raw);
  return {};
}

/// Its key is no mail's: the ledger does not know it, and a crash note names its bytes.
subject uploaded_subject(const DryRunRequest& request) {
  subject out;
  out.raw = std::make_shared<const std::string>(request.eml());
  out.size = out.raw->size();
  out.key.set_mailbox(request.server());
  out.key.set_uidl("dry-run-" + to_hex(sha256{}.update(*out.raw).finish()).substr(0, 16));
  return out;
}

result<void> check(const DryRunRequest& request) {
  const bool stored = request.mail() != 0;
  if (stored == !request.eml().empty())
    return fail(ec::config_invalid, "mail, eml: give one of them");
  if (request.eml().size() > max_eml) return fail(ec::config_invalid, "eml: is larger than 25 MiB");
  if (!stored && request.server().empty())
    return fail(ec::config_invalid, "server: is blank; name the incoming server it came through");
  if (request.has_draft() && request.draft().id() != request.partition())
    return fail(ec::config_invalid, "draft.id: is not " + request.partition());
  return {};
}

/// What it became, or an earlier copy of it; for who may see calls.
result<void> add_became(const storage::unit_store& store, const subject& mail,
                        const trial_outcome& outcome, const access::caller& who,
                        DryRunResponse& out) {
  const bool stored = mail.record.id() != 0;
  if (!stored && !outcome.entry.has_duplicate_of()) return {};
  auto entry = ledger_of(store, stored ? mail.key : outcome.entry.duplicate_of());
  if (!entry) return entry.error();
  if (!*entry) return {};
  *out.mutable_became() = **entry;
  if ((*entry)->call() == 0) return {};
  auto call = read_record<record::v1::Call>(
      store, storage::keys::call(call_number{(*entry)->call()}), "the call it became");
  if (!call) return call.error();
  if (!*call) return {};
  if (is_limited(who)) (*call)->mutable_decision()->clear_settings_version();
  *out.mutable_became_call() = std::move(**call);
  return {};
}

void add_outcome(trial_outcome outcome, DryRunResponse& out) {
  out.set_outcome(ingest::outcome_name(outcome.entry.outcome(), outcome.entry.reason()));
  out.set_note(outcome.entry.note());
  if (outcome.call) *out.mutable_call() = std::move(*outcome.call);
  if (outcome.answer) *out.mutable_acknowledgement() = std::move(*outcome.answer);
  *out.mutable_forwarded() = outcome.entry.forwarded();
  *out.mutable_notes() = outcome.entry.notes();
}

/// Whoever may see one partition alone is not told which others there are.
partitions::partition_check known_to(const saved_partition& saved, const access::caller& who) {
  std::set<std::string> ids;
  if (!is_limited(who))
    for (const auto& p : saved.settings.partitions()) ids.insert(p.id());
  return [ids = std::move(ids)](const partition_id& id) { return ids.contains(id.value); };
}

/// The rules to try, under the version that the caller may know of.
model_ptr model_of(const DryRunRequest& request, const saved_partition& saved,
                   const access::caller& who) {
  return std::make_shared<const partitions::partition_model>(
      request.has_draft() ? request.draft() : saved.partition, saved.settings.general(),
      is_limited(who) ? 0 : saved.version, partitions::own_check{}, known_to(saved, who));
}

result<void> try_mail(const trials_backend& backend, const open_unit& unit, const model_ptr& model,
                      const DryRunRequest& request, const access::caller& who,
                      DryRunResponse& out) {
  auto mail = request.mail() ? stored_subject(unit, request, who)
                             : result<subject>{uploaded_subject(request)};
  if (!mail) return mail.error();
  const auto name = request.server().empty() ? mail->key.mailbox() : request.server();
  const auto* server = model->incoming(name);
  if (!server)
    return fail(ec::config_invalid,
                "server: partition " + request.partition() + " has no incoming server " + name);
  const auto max_bytes = actors::plan::settings_of(*server).max_mail_bytes;
  if (auto r = read_bytes(*unit.store, max_bytes, *mail); !r) return r.error();
  auto item = actors::reprocess::to_item(mail->key, mail->raw, mail->size, *server, backend.clock(),
                                         *backend.notes);
  item.stored = mail_id{mail->record.id()};
  auto outcome = decide_dry(backend, *unit.store, model, *server, item, who);
  if (!outcome) return outcome.error();
  if (who.may(admin::v1::VIEW_CALLS, request.partition()))
    if (auto r = add_became(*unit.store, *mail, *outcome, who, out); !r) return r.error();
  add_outcome(std::move(*outcome), out);
  return {};
}

}  // namespace

namespace {

/// Nobody is created; a notice, and what rules refuse, has no sender to resolve.
result<actors::people_resolved> people_for(const trials_backend& backend, const model_ptr& model,
                                           const config::v1::IncomingServer& server,
                                           const actors::mail_item& item,
                                           const ingest::known& known, const access::caller& who) {
  auto ask = std::make_shared<actors::resolve_people>();
  ask->partition = model->id();
  ask->as_if = model;
  ask->own_only = is_limited(who);
  ask->analysts.push_back(server.default_logging_analyst());
  if (ingest::needs_sender(item, known))
    ask->senders.push_back(
        {{item.parsed->from.addr, item.parsed->from.name, ingest::render_key(item.key),
          item.trust.kind == mail::trust::unaligned, mail::guess_language(item.parsed->text)},
         true});
  return backend.resolve(ask);
}

}  // namespace

result<trial_outcome> decide_dry(const trials_backend& backend, const storage::unit_store& store,
                                 model_ptr model, const config::v1::IncomingServer& server,
                                 const actors::mail_item& item, const access::caller& who) {
  auto keys = ingest::read_keys(store);
  if (!keys) return keys.error();
  if (!*keys) keys = ingest::make_keys(random_hex(backend.random));  // of a partition that is new
  if (!keys) return keys.error();
  auto batch = std::make_shared<actors::mail_batch>();
  batch->mailbox = mailbox_id{item.key.mailbox()};
  batch->model = model;
  batch->items.push_back(item);
  auto found = ingest::look_up(store, {batch}, {}, *model, **keys);
  if (!found) return found.error();
  const auto& known = found->mails[0][0];
  const auto now = backend.clock();
  trial_outcome out{ingest::judge(item, known, now), {}, {}, {}};
  const bool forwards = known.handled && !known.handled->forward.empty();
  if (out.entry.outcome() != record::v1::LOGGED && !forwards) return out;
  auto people = people_for(backend, model, server, item, known, who);
  if (!people) return people.error();
  crash_notes::in_hand guard{ingest::render_key(item.key)};
  actors::call_book book{store};
  const auto* sender = people->senders->empty() ? nullptr : &people->senders->front();
  auto decided = ingest::decide(std::move(out.entry), {*model,
                                                       server,
                                                       item,
                                                       known,
                                                       sender,
                                                       *people->analysts,
                                                       *people->persons,
                                                       {},
                                                       call_number{0},
                                                       item.stored,
                                                       now,
                                                       random_hex(backend.random),
                                                       **keys,
                                                       book});
  if (!decided) return decided.error();
  out.entry = std::move(decided->entry);
  out.call = std::move(decided->call);
  out.update = std::move(decided->update);
  for (auto& mail : decided->mails)
    if (mail.kind() != "forward" && !out.answer) out.answer = std::move(mail);
  return out;
}

result<DryRunResponse> dry_run(const trials_backend& backend, const DryRunRequest& request,
                               const access::caller& who) {
  if (auto ok = check(request); !ok) return ok.error();
  const auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  const auto pass = backend.gate->enter(request.partition());
  if (!pass) return pass.error();
  DryRunResponse out;
  if (request.has_draft())
    for (auto& p : problems_of(request.draft(), saved->settings, who))
      *out.add_problems() = std::move(p);
  if (out.problems_size() > 0) return out;
  const auto unit = own_unit(backend, request.partition(), who);
  if (!unit) return unit.error();
  if (auto r = try_mail(backend, *unit, model_of(request, *saved, who), request, who, out); !r)
    return r.error();
  return out;
}

}  // namespace postroom::app

#include "actors/ingest_decide.hpp"
#include "actors/poller_plan.hpp"
#include "actors/reprocess.hpp"
#include "actors/stored_mail.hpp"
#include "app/admin_find.hpp"
#include "app/trials_common.hpp"
#include "base/digest.hpp"

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
  mail_id stored;
};

result<subject> stored_subject(const storage::unit_store& store, const DryRunRequest& request) {
  const auto what = "mail " + request.partition() + "/" + std::to_string(request.mail());
  const auto mail = actors::read_mail_record(store, mail_id{request.mail()}, what);
  if (!mail) return mail.error();
  if (mail->chunks() == 0) return fail(ec::not_found, "the bytes of " + what + " were not kept");
  return subject{mail->key(), nullptr, mail->size(), mail_id{request.mail()}};
}

/// Not those of a mail that is too large anyway.
result<void> read_bytes(const storage::unit_store& store, uint64_t max_bytes, subject& mail) {
  if (mail.raw || mail.size > max_bytes) return {};
  const auto what = "mail " + std::to_string(mail.stored.value);
  const auto record = actors::read_mail_record(store, mail.stored, what);
  if (!record) return record.error();
  auto raw = actors::read_raw(store, *record, what);
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

result<void> check(const DryRunRequest& request, const access::caller& who) {
  const bool stored = request.mail() != 0;
  if (stored == !request.eml().empty())
    return fail(ec::config_invalid, "mail, eml: give one of them");
  if (request.eml().size() > max_eml) return fail(ec::config_invalid, "eml: is larger than 25 MiB");
  if (!stored && request.server().empty())
    return fail(ec::config_invalid, "server: is blank; name the incoming server it came through");
  if (stored && !who.may(admin::v1::VIEW_CALLS, request.partition()))
    return fail(ec::forbidden,
                "a stored mail needs the right VIEW_CALLS in partition " + request.partition());
  if (request.has_draft() && request.draft().id() != request.partition())
    return fail(ec::config_invalid, "draft.id: is not " + request.partition());
  return {};
}

/// What it became, or an earlier copy of it; for who may see calls.
result<void> add_became(const storage::unit_store& store, const subject& mail,
                        const trial_outcome& outcome, DryRunResponse& out) {
  const bool copy = outcome.entry.has_duplicate_of();
  if (mail.stored.value == 0 && !copy) return {};
  auto entry = ledger_of(store, mail.stored.value ? mail.key : outcome.entry.duplicate_of());
  if (!entry) return entry.error();
  if (!*entry) return {};
  *out.mutable_became() = **entry;
  if ((*entry)->call() == 0) return {};
  auto call = read_record<record::v1::Call>(
      store, storage::keys::call(call_number{(*entry)->call()}), "the call it became");
  if (!call) return call.error();
  if (*call) *out.mutable_became_call() = std::move(**call);
  return {};
}

void add_outcome(trial_outcome outcome, DryRunResponse& out) {
  out.set_outcome(ingest::outcome_name(outcome.entry.outcome(), outcome.entry.reason()));
  out.set_note(outcome.entry.note());
  if (outcome.call) *out.mutable_call() = std::move(*outcome.call);
  if (outcome.answer) *out.mutable_acknowledgement() = std::move(*outcome.answer);
}

}  // namespace

result<trial_outcome> decide_dry(const trials_backend& backend, const storage::unit_store& store,
                                 model_ptr model, const config::v1::IncomingServer& server,
                                 const actors::mail_item& item) {
  auto batch = std::make_shared<actors::mail_batch>();
  batch->mailbox = mailbox_id{item.key.mailbox()};
  batch->items.push_back(item);
  auto found = ingest::look_up(store, {batch}, {});
  if (!found) return found.error();
  const auto now = backend.clock();
  trial_outcome out{ingest::judge(item, found->mails[0][0], now), {}, {}};
  if (out.entry.outcome() != record::v1::LOGGED) return out;
  auto ask = std::make_shared<actors::resolve_people>();
  ask->partition = model->id();
  ask->as_if = model;
  ask->analysts.push_back(server.default_logging_analyst());
  ask->senders.push_back(
      {{item.parsed->from.addr, item.parsed->from.name, ingest::render_key(item.key)}, false});
  auto people = backend.resolve(ask);
  if (!people) return people.error();
  crash_notes::in_hand guard{ingest::render_key(item.key)};
  auto decided = ingest::decide({*model, server, item, people->senders->front(), *people->analysts,
                                 call_number{0}, item.stored, now, random_hex(backend.random)});
  out.call = std::move(decided.call);
  out.answer = std::move(decided.answer);
  return out;
}

result<DryRunResponse> dry_run(const trials_backend& backend, const DryRunRequest& request,
                               const access::caller& who) {
  if (auto ok = check(request, who); !ok) return ok.error();
  auto saved = find_partition(backend, request.partition());
  if (!saved) return saved.error();
  DryRunResponse out;
  const auto& draft = request.has_draft() ? request.draft() : saved->partition;
  for (auto& p : problems_of(draft, saved->settings, who)) *out.add_problems() = std::move(p);
  if (out.problems_size() > 0) return out;
  auto unit = find_unit(backend.units, request.partition());
  if (!unit) return unit.error();
  auto mail = request.mail() ? stored_subject(*unit->store, request)
                             : result<subject>{uploaded_subject(request)};
  if (!mail) return mail.error();
  const auto model = std::make_shared<const partitions::partition_model>(
      draft, saved->settings.general(), saved->version);
  const auto name = request.server().empty() ? mail->key.mailbox() : request.server();
  const auto* server = model->incoming(name);
  if (!server)
    return fail(ec::config_invalid,
                "server: partition " + request.partition() + " has no incoming server " + name);
  const auto max_bytes = actors::plan::settings_of(*server).max_mail_bytes;
  if (auto r = read_bytes(*unit->store, max_bytes, *mail); !r) return r.error();
  auto item = actors::reprocess::to_item(mail->key, mail->raw, mail->size, max_bytes,
                                         backend.clock(), *backend.notes);
  item.stored = mail->stored;
  auto outcome = decide_dry(backend, *unit->store, model, *server, item);
  if (!outcome) return outcome.error();
  if (who.may(admin::v1::VIEW_CALLS, request.partition()))
    if (auto r = add_became(*unit->store, *mail, *outcome, out); !r) return r.error();
  add_outcome(std::move(*outcome), out);
  return out;
}

}  // namespace postroom::app

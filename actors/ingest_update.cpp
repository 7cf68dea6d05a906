#include "actors/ingest_update.hpp"

#include "partitions/contents.hpp"

namespace postroom::actors::ingest {

namespace {

using record::v1::Call;
using record::v1::CallUpdate;

void set_writer(CallUpdate& update, const decision_input& in) {
  const auto& from = in.item.parsed->from;
  update.mutable_by()->set_address(from.addr);
  update.mutable_by()->set_name(from.name);
  if (in.who == nullptr) return;
  update.mutable_by()->set_person(in.who->person.id());
  update.mutable_by()->set_name(in.who->person.name());
}

void reopen(Call& call, CallUpdate& update) {
  call.set_state(record::v1::OPEN);
  call.set_closed_at(0);
  update.add_changed("state: CLOSED -> OPEN");
}

}  // namespace

CallUpdate next_update(Call& call, CallUpdate::Kind kind, const decision_input& in) {
  CallUpdate update;
  call.set_updates(call.updates() + 1);
  call.set_updated_at(to_millis(in.now));
  update.set_call(call.number());
  update.set_sequence(call.updates());
  update.set_kind(kind);
  update.set_at(to_millis(in.now));
  update.set_mail(in.raw.value);
  *update.mutable_key() = in.item.key;
  set_writer(update, in);
  partitions::set_contents(update, *in.item.parsed);
  update.set_trust(partitions::to_record(in.item.trust.kind));
  update.set_trust_evidence(in.item.trust.evidence);
  return update;
}

decision update_call(record::v1::LedgerEntry entry, const decision_input& in,
                     const partitions::follow_up& belongs) {
  decision out;
  out.call = *belongs.call;
  auto update = next_update(*out.call, CallUpdate::REPLY, in);
  update.set_evidence(belongs.evidence);
  partitions::add_participants(*out.call, *in.item.parsed, in.model);
  if (belongs.what == partitions::follow_up::kind::reopen) reopen(*out.call, update);
  entry.set_outcome(record::v1::UPDATED);
  entry.set_call(out.call->number());
  entry.set_update(update.sequence());
  entry.add_notes(belongs.evidence);
  out.entry = std::move(entry);
  out.update = std::move(update);
  return out;
}

}  // namespace postroom::actors::ingest

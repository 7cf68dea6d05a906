#include "actors/ingest_update.hpp"

#include <algorithm>

#include "actors/ingest_mails.hpp"
#include "actors/scanning.hpp"
#include "partitions/call_change.hpp"
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

void add_tag(Call& call, std::string_view tag) {
  if (std::ranges::find(call.tags(), tag) == call.tags().end()) call.add_tags(std::string(tag));
}

constexpr std::string_view flood_tag = "flood";

std::string_view who_writes(partitions::flood_source source) {
  if (source == partitions::flood_source::domain) return "Unproved senders of one domain";
  if (source == partitions::flood_source::mailbox) return "Unknown, unproved senders";
  return "The sender";
}

decision with_update(record::v1::LedgerEntry entry, Call call, CallUpdate update) {
  decision out;
  entry.set_outcome(record::v1::UPDATED);
  entry.set_call(call.number());
  entry.set_update(update.sequence());
  entry.add_notes(update.evidence());
  out.entry = std::move(entry);
  out.call = std::move(call);
  out.update = std::move(update);
  return out;
}

}  // namespace

void note_handling(Call& call, CallUpdate& update, const decision_input& in) {
  if (auto note = scanning::note_of(in.item.scan)) update.add_notes(std::move(*note));
  if (!in.no_command.empty()) update.add_notes(in.no_command);
  if (!in.found.handled) return;
  const auto& handled = *in.found.handled;
  partitions::withhold(*update.mutable_attachments(), handled.withheld);
  for (const auto& tag : handled.tags) add_tag(call, tag);
  for (const auto& note : handled.notes) update.add_notes(note);
}

void note_rules(record::v1::LedgerEntry& entry, const decision_input& in) {
  if (!in.found.handled) return;
  for (const auto& note : in.found.handled->notes) entry.add_notes(note);
}

CallUpdate next_update(Call& call, CallUpdate::Kind kind, const decision_input& in) {
  CallUpdate update;
  update.set_kind(kind);
  partitions::add_update(call, in.now, update);
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
  using partitions::call_event;
  Call call = *belongs.call;
  auto update = next_update(call, CallUpdate::REPLY, in);
  update.set_evidence(belongs.evidence);
  note_handling(call, update, in);
  partitions::add_participants(call, *in.item.parsed, in.model);
  const bool reopens = belongs.what == partitions::follow_up::kind::reopen;
  if (reopens) partitions::set_state(call, record::v1::OPEN, in.now, update);
  auto out = with_update(std::move(entry), std::move(call), std::move(update));
  auto said = tell(out, in, reopens ? call_event::reopened : call_event::updated,
                   person_of(in.persons, out.call->user()));
  if (!in.no_command.empty()) out.update->add_notes(said);
  out.entry.add_notes(std::move(said));
  return out;
}

decision add_to_flood(record::v1::LedgerEntry entry, const decision_input& in, const Call& flooded,
                      const partitions::flood& flood, const std::string& evidence) {
  Call call = flooded;
  auto update = next_update(call, CallUpdate::FLOOD, in);
  call.set_flood_mails(call.flood_mails() + 1);
  add_tag(call, flood_tag);
  update.set_evidence((evidence.empty() ? "" : evidence + " ") +
                      std::string(who_writes(flood.source)) +
                      " wrote very many mails within a short time; this is number " +
                      std::to_string(call.flood_mails()) + " of those added to this call.");
  note_handling(call, update, in);
  if (!in.no_command.empty())
    update.add_notes("Nothing is answered: it is one of very many mails.");
  auto out = with_update(std::move(entry), std::move(call), std::move(update));
  out.flood_begins = flood.begins;
  if (flood.begins)
    tell(out, in, partitions::call_event::flood, person_of(in.persons, out.call->user()));
  return out;
}

}  // namespace postroom::actors::ingest

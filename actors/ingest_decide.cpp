#include "actors/ingest_decide.hpp"

#include "actors/ingest_command.hpp"
#include "actors/ingest_mails.hpp"
#include "actors/ingest_notice.hpp"
#include "actors/ingest_update.hpp"
#include "actors/scanning.hpp"
#include "partitions/contents.hpp"
#include "partitions/decide.hpp"
#include "partitions/text.hpp"

namespace postroom::actors::ingest {

namespace {

void settle(record::v1::LedgerEntry& entry, record::v1::Outcome outcome, const std::string& reason,
            const std::string& note) {
  entry.set_outcome(outcome);
  entry.set_reason(reason);
  entry.set_note(note);
}

/// Bounded, as every mail has an entry for ever.
void note_findings(record::v1::LedgerEntry& entry, const mail_item& item) {
  if (!item.parsed) return;
  using partitions::text::shorten;
  constexpr std::size_t max_bytes = 300;
  const auto& author = item.parsed->author;
  entry.set_sender(shorten(item.parsed->from.addr, max_bytes));
  entry.set_trust(partitions::to_record(item.trust.kind));
  entry.set_trust_evidence(shorten(item.trust.evidence, max_bytes));
  entry.set_origin(partitions::to_word(author.kind));
  entry.set_origin_evidence(shorten(author.evidence, max_bytes));
}

/// What rules keep from being a call they may send on all the same.
decision refused(record::v1::LedgerEntry judged, const decision_input& in) {
  decision out;
  out.entry = std::move(judged);
  forward(out, in);
  return out;
}

partitions::flood_sender flood_sender_of(const decision_input& in) {
  return {in.sender, in.item.trust.kind == mail::trust::aligned};
}

const record::v1::Person* default_analyst(const decision_input& in) {
  auto it = in.analysts.find(in.server.default_logging_analyst());
  return it == in.analysts.end() ? nullptr : &it->second;
}

/// What scanning and a keyword without a right leave to say about a call.
void note_rest(record::v1::Call& call, const decision_input& in) {
  auto& why = *call.mutable_decision();
  if (auto note = scanning::note_of(in.item.scan)) why.add_notes(std::move(*note));
  if (!in.no_command.empty()) why.add_notes(in.no_command);
}

decision new_call(record::v1::LedgerEntry entry, const decision_input& in,
                  partitions::follow_up belongs) {
  decision out;
  out.entry = std::move(entry);
  out.is_new = true;
  out.call = partitions::decide_call({in.model, in.server, *in.item.parsed, *in.who,
                                      default_analyst(in), in.item.key, in.number, in.raw, in.now,
                                      in.item.trust, std::move(belongs.related),
                                      in.found.handled ? &*in.found.handled : nullptr});
  note_rest(*out.call, in);
  out.entry.set_call(in.number.value);
  auto said = tell(out, in, partitions::call_event::logged, in.who->person);
  out.call->mutable_decision()->set_answer(std::move(said));
  if (in.limits != nullptr) in.limits->floods.opened(flood_sender_of(in), in.number, in.now);
  return out;
}

/// The call of a flood that the mail is part of; null: it is part of none.
result<const record::v1::Call*> flooded_call(const decision_input& in) {
  if (in.limits == nullptr) return nullptr;
  const auto number = in.limits->floods.belongs_to(flood_sender_of(in), in.now);
  if (!number) return nullptr;
  auto call = in.book.call(*number);
  if (call && *call != nullptr && (*call)->state() == record::v1::CLOSED) return nullptr;
  return call;
}

/// A reply, or a new call unless the sender's mails are a flood.
result<decision> decide_mail(record::v1::LedgerEntry judged, const decision_input& in,
                             partitions::follow_up belongs) {
  if (belongs.what != partitions::follow_up::kind::new_call)
    return update_call(std::move(judged), in, belongs);
  auto flooded = flooded_call(in);
  if (!flooded) return flooded.error();
  if (*flooded == nullptr) return new_call(std::move(judged), in, std::move(belongs));
  in.limits->floods.added(flood_sender_of(in), in.now);
  return add_to_flood(std::move(judged), in, **flooded);
}

}  // namespace

record::v1::LedgerEntry judge(const mail_item& item, const known& k, time_point now) {
  using namespace record::v1;
  LedgerEntry entry;
  *entry.mutable_key() = item.key;
  const auto listed_size = item.listed.size_is_bound ? 0 : item.listed.size;
  entry.set_size(item.bytes() ? item.bytes() : listed_size);
  entry.set_seen_at(to_millis(item.seen_at));
  entry.set_decided_at(to_millis(now));
  note_findings(entry, item);
  if (item.what == mail_item::kind::suppress) {
    settle(entry, SUPPRESSED, item.reason, item.detail);
  } else if (k.probe) {
    settle(entry, SUPPRESSED, "probe", "sent by Postroom to try out the way of a mail");
  } else if (k.duplicate_of) {
    *entry.mutable_duplicate_of() = *k.duplicate_of;
    settle(entry, SUPPRESSED, "duplicate",
           "the same Message-ID and content as " + render_key(*k.duplicate_of));
  } else if (item.what == mail_item::kind::quarantine) {
    settle(entry, QUARANTINED, item.reason, item.detail);
  } else if (k.handled && k.handled->what != partitions::handling::kind::call) {
    const bool suppressed = k.handled->what == partitions::handling::kind::suppress;
    settle(entry, suppressed ? SUPPRESSED : QUARANTINED, k.handled->reason, k.handled->detail);
    for (const auto& note : k.handled->notes) entry.add_notes(note);
  } else {
    entry.set_outcome(LOGGED);
  }
  return entry;
}

result<decision> decide(record::v1::LedgerEntry judged, const decision_input& given) {
  auto in = given;
  in.sender = partitions::fold_address(in.item.parsed->from.addr);
  if (judged.outcome() != record::v1::LOGGED) return refused(std::move(judged), in);
  auto claims = claims_of(in.book, in.model, in.keys.tags, *in.item.parsed);
  if (!claims) return claims.error();
  // A report names the mail it is about; that one's subject may name a call all the same.
  if (in.item.parsed->about)
    std::erase_if(*claims, [](const auto& c) { return c.kind == partitions::claim_kind::subject; });
  const partitions::reply mail{in.sender, in.item.trust.kind, in.now};
  auto belongs = partitions::choose_call(*claims, mail, in.model.config().follow_ups());
  if (in.item.what == mail_item::kind::notice) {
    auto noticed = decide_notice(std::move(judged), in, belongs);
    if (!noticed) return noticed;
    if (!noticed->update) note_rules(noticed->entry, in);
    forward(*noticed, in);
    return noticed;
  }
  auto found = partitions::find_command(in.model, *in.item.parsed, in.who->person, in.item.trust);
  in.silent = found.silent;
  in.unproved = found.unproved;
  in.no_command = std::move(found.note);
  auto out = found.command ? do_command(std::move(judged), in, *found.command)
                           : decide_mail(std::move(judged), in, std::move(belongs));
  if (out) forward(*out, in);
  return out;
}

}  // namespace postroom::actors::ingest

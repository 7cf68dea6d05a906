#include "actors/ingest_decide.hpp"

#include <algorithm>

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

/// Whoever changes his name for each mail has none that is known from before.
constexpr duration known_after{24 * 3'600'000};

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
  const auto trust = in.item.trust.kind;
  const auto& person = in.who->person;
  const bool known = in.who->people_case != record::v1::UNKNOWN_SENDER &&
                     from_millis(person.created_at()) + known_after <= in.now;
  const bool proved = trust == mail::trust::aligned;
  return {in.sender, proved, !proved && (!known || trust == mail::trust::unaligned),
          in.item.key.mailbox()};
}

/// When the mail came, as its server says: a mailbox that is read for the first time, or after a
/// pause, is none of its senders' flood.
time_point came_at(const decision_input& in) {
  return std::min(in.item.listed.internal_date.value_or(in.now), in.now);
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
  if (in.limits != nullptr) in.limits->floods.opened(flood_sender_of(in), in.number, came_at(in));
  return out;
}

/// A reply is part of a flood when its sender's mails are one, but that one opens a call again.
decision decide_reply(record::v1::LedgerEntry judged, const decision_input& in,
                      const partitions::follow_up& belongs) {
  if (in.limits == nullptr) return update_call(std::move(judged), in, belongs);
  auto& floods = in.limits->floods;
  const auto sender = flood_sender_of(in);
  const auto flood = floods.find_of_sender(sender, came_at(in));
  if (!flood || belongs.what == partitions::follow_up::kind::reopen) {
    floods.replied(sender, came_at(in));
    return update_call(std::move(judged), in, belongs);
  }
  floods.added(sender, *flood, came_at(in));
  return add_to_flood(std::move(judged), in, *belongs.call, *flood, belongs.evidence);
}

/// A mail that answers no call: a new one, or the last call of the flood that it is part of, unless
/// that was closed meanwhile.
result<decision> decide_new(record::v1::LedgerEntry judged, const decision_input& in,
                            partitions::follow_up belongs) {
  if (in.limits == nullptr) return new_call(std::move(judged), in, std::move(belongs));
  const auto flood = in.limits->floods.find(flood_sender_of(in), came_at(in));
  if (!flood) return new_call(std::move(judged), in, std::move(belongs));
  auto call = in.book.call(flood->call);
  if (!call) return call.error();
  if (*call == nullptr || (*call)->state() == record::v1::CLOSED)
    return new_call(std::move(judged), in, std::move(belongs));
  in.limits->floods.added(flood_sender_of(in), *flood, came_at(in));
  return add_to_flood(std::move(judged), in, **call, *flood, {});
}

result<decision> decide_mail(record::v1::LedgerEntry judged, const decision_input& in,
                             partitions::follow_up belongs) {
  if (belongs.what == partitions::follow_up::kind::new_call)
    return decide_new(std::move(judged), in, std::move(belongs));
  return decide_reply(std::move(judged), in, belongs);
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
  const partitions::reply mail{in.sender, in.item.trust.kind, in.now,
                               in.who == nullptr ? nullptr : &in.who->person};
  auto belongs = partitions::choose_call(*claims, mail, in.model.config().follow_ups());
  if (in.item.what == mail_item::kind::notice) {
    auto noticed = decide_notice(std::move(judged), in, belongs);
    if (!noticed) return noticed;
    if (!noticed->update) note_rules(noticed->entry, in);
    forward(*noticed, in);
    return noticed;
  }
  auto found = partitions::find_command(in.model, *in.item.parsed, in.who->person, in.item.trust,
                                        in.found.answers);
  in.silent = found.silent;
  in.unproved = found.unproved;
  in.no_command = std::move(found.note);
  auto out = found.command ? do_command(std::move(judged), in, *found.command)
                           : decide_mail(std::move(judged), in, std::move(belongs));
  if (out && !in.no_command.empty()) out->entry.add_notes(in.no_command);
  if (out) forward(*out, in);
  return out;
}

}  // namespace postroom::actors::ingest

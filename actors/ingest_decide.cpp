#include "actors/ingest_decide.hpp"

#include "actors/scanning.hpp"
#include "partitions/decide.hpp"

namespace postroom::actors::ingest {

namespace {

void settle(record::v1::LedgerEntry& entry, record::v1::Outcome outcome, const std::string& reason,
            const std::string& note) {
  entry.set_outcome(outcome);
  entry.set_reason(reason);
  entry.set_note(note);
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
  } else {
    entry.set_outcome(LOGGED);
  }
  return entry;
}

decision decide(const decision_input& in) {
  const record::v1::Person* analyst = nullptr;
  if (auto it = in.analysts.find(in.server.default_logging_analyst()); it != in.analysts.end())
    analyst = &it->second;
  const auto& mail = *in.item.parsed;
  decision out;
  out.call = partitions::decide_call(
      {in.model, in.server, mail, in.who, analyst, in.item.key, in.number, in.raw, in.now});
  if (auto note = scanning::note_of(in.item.scan))
    out.call.mutable_decision()->add_notes(std::move(*note));
  if (auto tag = scanning::tag_of(in.item.scan)) out.call.add_tags(std::move(*tag));
  out.answer =
      partitions::acknowledge(in.model, out.call, mail, in.who.person, in.id_token, in.now);
  return out;
}

}  // namespace postroom::actors::ingest

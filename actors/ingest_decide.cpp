#include "actors/ingest_decide.hpp"

#include "actors/ingest_notice.hpp"
#include "actors/ingest_update.hpp"
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

const record::v1::Person* default_analyst(const decision_input& in) {
  auto it = in.analysts.find(in.server.default_logging_analyst());
  return it == in.analysts.end() ? nullptr : &it->second;
}

decision new_call(record::v1::LedgerEntry entry, const decision_input& in,
                  partitions::follow_up belongs) {
  const auto& mail = *in.item.parsed;
  decision out;
  out.entry = std::move(entry);
  out.is_new = true;
  out.call = partitions::decide_call({in.model, in.server, mail, *in.who, default_analyst(in),
                                      in.item.key, in.number, in.raw, in.now, in.item.trust,
                                      std::move(belongs.related)});
  if (auto note = scanning::note_of(in.item.scan))
    out.call->mutable_decision()->add_notes(std::move(*note));
  if (auto tag = scanning::tag_of(in.item.scan)) out.call->add_tags(std::move(*tag));
  out.entry.set_call(in.number.value);
  if (auto answer = partitions::acknowledge(in.model, *out.call, mail, in.who->person,
                                            in.item.trust, in.id_token, in.now))
    out.mails.push_back(std::move(*answer));
  return out;
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

result<decision> decide(record::v1::LedgerEntry judged, const decision_input& in) {
  auto claims = claims_of(in.book, in.model, in.keys.tags, *in.item.parsed);
  if (!claims) return claims.error();
  const partitions::reply mail{partitions::fold_address(in.item.parsed->from.addr),
                               in.item.trust.kind, in.now};
  auto belongs = partitions::choose_call(*claims, mail, in.model.config().follow_ups());
  if (in.item.what == mail_item::kind::notice) return decide_notice(std::move(judged), in, belongs);
  if (belongs.what == partitions::follow_up::kind::new_call)
    return new_call(std::move(judged), in, std::move(belongs));
  return update_call(std::move(judged), in, belongs);
}

}  // namespace postroom::actors::ingest

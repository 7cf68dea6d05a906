#include "app/explain.hpp"

#include "actors/ingest.hpp"
#include "app/admin_find.hpp"
#include "app/call_find.hpp"
#include "app/explain_find.hpp"
#include "storage/keys.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
using admin::v1::ExplainResponse;
using record::v1::Call;
using record::v1::CallUpdate;
using record::v1::LedgerEntry;
using record::v1::OutboxRecipient;

std::string place_of(const record::v1::MailKey& key) {
  if (!key.uidl().empty()) return "UIDL " + key.uidl();
  return "UID " + std::to_string(key.uid()) + " of UIDVALIDITY " +
         std::to_string(key.uid_validity());
}

std::string sentence_about_trust(record::v1::SenderTrust trust) {
  switch (trust) {
    case record::v1::ALIGNED:
      return "The sender's address is proved: its domain has authenticated the mail.";
    case record::v1::UNALIGNED:
      return "The sender's address is not proved; it may be forged.";
    default:
      return "Nobody that is trusted has checked the sender's address.";
  }
}

/// Puts the steps together, in the order they were taken.
class story {
 public:
  story(const open_unit& unit, LedgerEntry entry) : unit_(unit), entry_(std::move(entry)) {}

  result<ExplainResponse> tell() {
    seen();
    if (auto r = decided(); !r) return r.error();
    if (auto r = quarantined(); !r) return r.error();
    again();
    *out_.mutable_ledger() = std::move(entry_);
    return std::move(out_);
  }

 private:
  ExplainResponse::Step& step(const std::string& what, std::string sentence,
                              std::string evidence = {}, int64_t at = 0) {
    auto& s = *out_.add_steps();
    s.set_what(what);
    s.set_sentence(std::move(sentence));
    s.set_evidence(std::move(evidence));
    s.set_at(at);
    return s;
  }

  void seen() {
    step("seen", "The mail came in through the mailbox " + entry_.key().mailbox() + ".",
         place_of(entry_.key()) + ", " + std::to_string(entry_.size()) + " bytes",
         entry_.seen_at());
  }

  std::string name_of_call() const { return render_call(unit_.part, call_number{entry_.call()}); }

  result<void> decided() {
    const auto outcome = actors::ingest::outcome_name(entry_.outcome(), entry_.reason());
    if (entry_.call() == 0 || entry_.outcome() == record::v1::QUARANTINED) {
      for (const auto& note : entry_.notes()) step("decision", note);
      step("outcome", "Its outcome is " + outcome + ".", entry_.note(), entry_.decided_at());
      return {};
    }
    out_.set_call(name_of_call());
    return entry_.update() != 0 ? updated(outcome) : logged(outcome);
  }

  result<void> logged(const std::string& outcome) {
    auto call =
        read_record<Call>(*unit_.store, keys::call(call_number{entry_.call()}), name_of_call());
    if (!call) return call.error();
    if (!*call) return fail(ec::corrupt_record, "the ledger names a call that is not there");
    if (place_of((*call)->key()) != place_of(entry_.key())) {
      step("outcome",
           "It was a command about call " + name_of_call() + ", which it left as it was.",
           entry_.note(), entry_.decided_at());
      return {};
    }
    const auto& why = (*call)->decision();
    step("sender", sentence_about_trust(why.trust()), why.trust_evidence());
    if (!why.origin().empty() && why.origin() != "person")
      step("sender", "It was not written by a person (" + why.origin() + ").",
           why.origin_evidence());
    if ((*call)->related().empty())
      step("follow-up", "It answers no call that is there, so it became a new one.");
    for (const auto& link : (*call)->related())
      step("follow-up", "It may belong to call " + link.call() + ", but became a new one.",
           link.why());
    for (const auto& rule : why.rules()) step("rules", "The routing rule " + rule + " fitted.");
    for (const auto& note : why.notes()) step("decision", note);
    step("outcome", "It became call " + name_of_call() + ".", outcome, entry_.decided_at());
    if (!why.answer().empty()) step("answer", why.answer());
    return sent();
  }

  result<void> updated(const std::string& outcome) {
    auto update = read_record<CallUpdate>(
        *unit_.store, keys::call_update(call_number{entry_.call()}, entry_.update()),
        "an update of " + name_of_call());
    if (!update) return update.error();
    if (!*update) return fail(ec::corrupt_record, "the ledger names an update that is not there");
    step("sender", sentence_about_trust((*update)->trust()), (*update)->trust_evidence());
    step("follow-up", (*update)->evidence());
    for (const auto& note : (*update)->notes()) step("decision", note);
    for (const auto& change : (*update)->changed())
      step("decision", "The call was changed: " + change + ".");
    step("outcome", "It was added to call " + name_of_call() + ".", outcome, entry_.decided_at());
    return {};
  }

  /// The mails that went out when the call was logged, and what became of them.
  result<void> sent() {
    auto mails = mails_of_call(unit_, call_number{entry_.call()});
    if (!mails) return mails.error();
    for (const auto& mail : *mails)
      if (mail.created_at() == entry_.decided_at())
        for (const auto& to : mail.recipients()) sent_to(mail, to);
    return {};
  }

  void sent_to(const record::v1::OutboxEntry& mail, const OutboxRecipient& to) {
    const auto what = "The " + mail.kind() + " to " + to.address();
    switch (to.state()) {
      case OutboxRecipient::SENT:
        step("sent", what + " was sent.", to.last_reply(), to.settled_at());
        break;
      case OutboxRecipient::DEAD:
        step("sent", what + " could not be sent.", to.last_reply(), to.settled_at());
        break;
      case OutboxRecipient::CANCELLED:
        step("sent", what + " was cancelled by a person.", to.last_reply(), to.settled_at());
        break;
      default:
        step("sent", what + " waits to be sent.", to.last_reply());
        break;
    }
  }

  result<void> quarantined() {
    if (entry_.mail() == 0) return {};
    auto found = read_record<record::v1::QuarantineEntry>(
        *unit_.store, keys::quarantine(mail_id{entry_.mail()}), "a mail of the quarantine");
    if (!found) return found.error();
    if (*found && (*found)->discarded_at() != 0)
      step("quarantine", (*found)->discarded_by() + " discarded it.", (*found)->discard_reason(),
           (*found)->discarded_at());
    return {};
  }

  void again() {
    if (entry_.reprocessed_at() == 0) return;
    step("quarantine",
         entry_.reprocessed_by() + " had it decided anew; before, it was " + entry_.before() + ".",
         entry_.reprocess_reason(), entry_.reprocessed_at());
  }

  const open_unit& unit_;
  LedgerEntry entry_;
  ExplainResponse out_;
};

}  // namespace

result<ExplainResponse> explain(const open_units& units, const admin::v1::ExplainRequest& request) {
  const auto unit = find_unit(units, request.partition());
  if (!unit) return unit.error();
  auto entry = find_explained(*unit, request);
  if (!entry) return entry.error();
  return story{*unit, std::move(*entry)}.tell();
}

}  // namespace postroom::app

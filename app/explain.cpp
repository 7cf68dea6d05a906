#include "app/explain.hpp"

#include <algorithm>

#include "actors/ingest.hpp"
#include "app/admin_find.hpp"
#include "app/call_find.hpp"
#include "app/explain_find.hpp"
#include "app/explain_words.hpp"
#include "storage/keys.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
using actors::ingest::outcome_name;
using actors::ingest::render_key;
using admin::v1::ExplainResponse;
using record::v1::Call;
using record::v1::CallUpdate;
using record::v1::LedgerEntry;

constexpr std::size_t max_copies = 10;

/// Puts the steps together, in the order they were taken.
class story {
 public:
  story(const open_unit& unit, LedgerEntry entry) : unit_(unit), entry_(std::move(entry)) {}

  result<ExplainResponse> tell() {
    if (auto r = read(); !r) return r.error();
    seen();
    sender();
    if (auto r = decided(); !r) return r.error();
    for (const auto part : {&story::sent, &story::copies, &story::quarantined})
      if (auto r = (this->*part)(); !r) return r.error();
    again();
    *out_.mutable_ledger() = std::move(entry_);
    return std::move(out_);
  }

 private:
  void step(const std::string& what, std::string sentence, std::string evidence = {},
            int64_t at = 0) {
    auto& s = *out_.add_steps();
    s.set_what(what);
    s.set_sentence(std::move(sentence));
    s.set_evidence(std::move(evidence));
    s.set_at(at);
  }

  /// What the mail added to a call, or the call that it made.
  result<void> read() {
    if (entry_.call() == 0 || entry_.outcome() == record::v1::QUARANTINED) return {};
    const call_number number{entry_.call()};
    out_.set_call(render_call(unit_.part, number));
    if (entry_.update() != 0) {
      auto found = read_record<CallUpdate>(*unit_.store, keys::call_update(number, entry_.update()),
                                           "an update of " + out_.call());
      if (!found) return found.error();
      if (!*found) return fail(ec::corrupt_record, "the ledger names an update that is not there");
      update_ = std::move(*found);
      return {};
    }
    auto found = read_record<Call>(*unit_.store, keys::call(number), out_.call());
    if (!found) return found.error();
    if (!*found) return fail(ec::corrupt_record, "the ledger names a call that is not there");
    if (render_key((*found)->key()) == render_key(entry_.key())) call_ = std::move(*found);
    return {};
  }

  void seen() {
    step("seen", "The mail came in through the mailbox " + entry_.key().mailbox() + ".",
         words_of_place(entry_.key()) + ", " + std::to_string(entry_.size()) + " bytes",
         entry_.seen_at());
  }

  /// Entries from before the ledger kept it tell nothing; their calls and updates do.
  void sender() {
    auto trust = entry_.trust();
    auto proof = entry_.trust_evidence(), origin = entry_.origin(), by = entry_.origin_evidence();
    if (trust == record::v1::SENDER_TRUST_UNSPECIFIED && update_) {
      trust = update_->trust(), proof = update_->trust_evidence();
    } else if (trust == record::v1::SENDER_TRUST_UNSPECIFIED && call_) {
      const auto& why = call_->decision();
      trust = why.trust(), proof = why.trust_evidence();
      origin = why.origin(), by = why.origin_evidence();
    }
    if (trust != record::v1::SENDER_TRUST_UNSPECIFIED)
      step("sender", words_of_trust(trust, entry_.sender()), proof);
    if (origin == "person")
      step("origin", "Nothing says that a program wrote it: it counts as a person's.");
    else if (!origin.empty())
      step("origin", "It was not written by a person (" + origin + ").", by);
  }

  result<void> decided() {
    if (!entry_.command().empty()) step("command", entry_.command());
    if (update_) return updated();
    if (call_) return made();
    if (auto r = duplicate(); !r) return r;
    notes(entry_.notes());
    const auto outcome = outcome_name(entry_.outcome(), entry_.reason());
    const bool command = entry_.outcome() == record::v1::COMMAND;
    if (command && entry_.call() != 0)
      step("outcome", "It was a command about call " + out_.call() + ", which it left as it was.",
           entry_.note(), entry_.decided_at());
    else
      step("outcome",
           command ? "It was a command, which changed no call." : "Its outcome is " + outcome + ".",
           entry_.note(), entry_.decided_at());
    return {};
  }

  result<void> made() {
    const auto& why = call_->decision();
    const bool command = entry_.outcome() == record::v1::COMMAND;
    if (call_->related().empty() && !command)
      step("follow-up", "It answers no call that is there, so it became a new one.");
    for (const auto& link : call_->related())
      step("follow-up", "It may belong to call " + link.call() + ", but became a new one.",
           link.why());
    for (const auto& rule : why.rules()) step("rules", "The routing rule " + rule + " fitted.");
    notes(why.notes());
    notes(entry_.notes());
    step("outcome",
         command ? "It was a command, by which call " + out_.call() + " was logged."
                 : "It became call " + out_.call() + ".",
         outcome_name(entry_.outcome(), entry_.reason()), entry_.decided_at());
    if (!why.answer().empty()) step("answer", why.answer());
    return {};
  }

  result<void> updated() {
    step("follow-up", update_->evidence());
    told_.push_back(update_->evidence());
    notes(update_->notes());
    notes(entry_.notes());
    for (const auto& change : update_->changed())
      step("decision", "The call was changed: " + change + ".");
    step("outcome", "It was added to call " + out_.call() + ".",
         outcome_name(entry_.outcome(), entry_.reason()), entry_.decided_at());
    return {};
  }

  /// The ledger repeats some that the call has.
  template <class Notes>
  void notes(const Notes& all) {
    for (const auto& note : all) {
      if (std::ranges::find(told_, note) != told_.end()) continue;
      told_.push_back(note);
      step("decision", note);
    }
  }

  result<void> duplicate() {
    if (!entry_.has_duplicate_of()) return {};
    const auto& key = entry_.duplicate_of();
    auto first = read_record<LedgerEntry>(*unit_.store, keys::ledger(key), "a ledger entry");
    if (!first) return first.error();
    std::string became;
    if (*first && (*first)->call() != 0)
      became = "; that one came to call " + render_call(unit_.part, call_number{(*first)->call()});
    else if (*first)
      became = "; that one is " + outcome_name((*first)->outcome(), (*first)->reason());
    step("duplicate", "The same mail was taken before, as " + render_key(key) + became + ".");
    return {};
  }

  /// The mails that went out, and what became of them.
  result<void> sent() {
    auto mails = mails_sent();
    if (!mails) return mails.error();
    for (const auto& mail : *mails)
      for (const auto& to : mail.recipients())
        step("sent", words_of_sending(mail, to), to.last_reply(), to.settled_at());
    if (mails->empty() && !entry_.origin().empty()) step("sent", "No mail was sent because of it.");
    return {};
  }

  /// Entries from before the ledger kept which, go by the time.
  result<std::vector<record::v1::OutboxEntry>> mails_sent() {
    if (!entry_.sent().empty() || !entry_.origin().empty() || !call_)
      return mails_caused_by(unit_, entry_);
    auto mails = mails_of_call(unit_, call_number{entry_.call()});
    if (mails)
      std::erase_if(*mails, [&](const auto& m) { return m.created_at() != entry_.decided_at(); });
    return mails;
  }

  /// The same mail once more, through whatever mailbox.
  result<void> copies() {
    std::vector<record::v1::MailKey> found;
    auto scanned = unit_.store->scan(keys::copies_of(entry_.key()), [&](std::string_view,
                                                                        std::string_view value) {
      return found.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size())) &&
             found.size() <= max_copies;
    });
    if (!scanned) return scanned.error();
    for (std::size_t i = 0; i < std::min(found.size(), max_copies); ++i)
      step("duplicate",
           "A copy of it came in as " + render_key(found[i]) + ", which is suppressed:duplicate.");
    if (found.size() > max_copies) step("duplicate", "Further copies of it came in.");
    return {};
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
         entry_.reprocessed_by() +
             (entry_.accepted() ? " had it decided anew and accepted it in spite of what refused it"
                                : " had it decided anew") +
             "; before, it was " + entry_.before() + ".",
         entry_.reprocess_reason(), entry_.reprocessed_at());
  }

  const open_unit& unit_;
  LedgerEntry entry_;
  std::optional<Call> call_;          ///< that it made
  std::optional<CallUpdate> update_;  ///< that it added
  std::vector<std::string> told_;     ///< notes
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

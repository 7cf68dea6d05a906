#include "app/call_history.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "app/admin_find.hpp"
#include "app/call_find.hpp"
#include "app/update_words.hpp"
#include "app/words.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
using admin::v1::CallEvent;
using record::v1::CallUpdate;
using record::v1::OutboxAction;
using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

constexpr std::size_t max_audit_entries = 20'000;
constexpr std::size_t max_updates = 1'000;

/// Gathers what happened, store by store, then puts it in order.
class history {
 public:
  explicit history(const found_call& found) : found_(found) {}

  result<void> add_mail() {
    const auto entry = read_record<record::v1::LedgerEntry>(
        *found_.unit.store, keys::ledger(found_.call.key()), "the ledger entry of the call");
    if (!entry) return entry.error();
    if (*entry && (*entry)->seen_at() != 0)
      event((*entry)->seen_at(), "mail seen", "mailbox " + (*entry)->key().mailbox())
          .set_detail((*entry)->note());
    return add_quarantine();
  }

  void add_call() {
    const auto& call = found_.call;
    const auto shown = render_call(found_.unit.part, call_number{call.number()});
    event(call.created_at(), "logged", "call " + shown)
        .set_detail("template " + call.template_() + ", priority " + call.priority() +
                    (call.unverified() ? "; sender " + trust_words(call.decision().trust(),
                                                                   call.decision().trust_evidence())
                                       : ""));
  }

  /// What came to it, by mail or by a person's hand.
  result<void> add_updates() {
    const auto got = updates_of_call(found_.unit, call_number{found_.call.number()}, max_updates);
    if (!got) return got.error();
    if (got->more) out_.set_incomplete(true);
    const auto name = "call " + render_call(found_.unit.part, call_number{found_.call.number()});
    names_.emplace("call", name);
    for (const auto& update : got->updates) add_update(update, name);
    return {};
  }

  result<void> add_mails() {
    const auto mails = mails_of_call(found_.unit, call_number{found_.call.number()});
    if (!mails) return mails.error();
    if (mails->size() >= max_mails_of_call) out_.set_incomplete(true);
    for (const auto& mail : *mails) add_outbox(mail);
    return {};
  }

  /// Where people asked from, and what they did that left no other trace.
  result<void> add_audit() {
    std::size_t looked_at = 0;
    return found_.unit.store->scan(
        keys::all_of(keys::kind::audit_chain),
        [&](std::string_view, std::string_view value) {
          record::v1::AuditEntry e;
          if (!e.ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
          if (names_.contains({kind_of(e), e.detail()})) add_audited(e);
          const bool enough = ++looked_at >= max_audit_entries;
          if (enough) out_.set_incomplete(true);
          return !enough;
        },
        true);
  }

  admin::v1::CallHistoryResponse in_order() && {
    std::stable_sort(out_.mutable_events()->begin(), out_.mutable_events()->end(),
                     [](const auto& a, const auto& b) { return a.at() < b.at(); });
    return std::move(out_);
  }

 private:
  CallEvent& event(int64_t at, const std::string& what, const std::string& about) {
    auto& e = *out_.add_events();
    e.set_at(at);
    e.set_what(what);
    e.set_about(about);
    return e;
  }
  std::string name_of(uint64_t id) const {
    return "mail " + found_.unit.part.value + "/" + std::to_string(id);
  }
  /// "outbox" of "outbox retried": mails of the outbox and of the quarantine are numbered apart.
  static std::string kind_of(const record::v1::AuditEntry& e) {
    return e.what().substr(0, e.what().find(' '));
  }

  result<void> add_quarantine() {
    if (found_.call.mail() == 0) return {};
    const mail_id id{found_.call.mail()};
    const auto entry = read_record<record::v1::QuarantineEntry>(
        *found_.unit.store, keys::quarantine(id), "the quarantine's entry of the call");
    if (!entry) return entry.error();
    const auto name = name_of(id.value);
    names_.emplace("quarantine", name);  // also of one that was suppressed and decided anew
    if (!*entry) return {};
    event((*entry)->at(), "quarantined", name)
        .set_detail((*entry)->reason() +
                    ((*entry)->detail().empty() ? "" : ": " + (*entry)->detail()));
    if ((*entry)->reprocessed_at() == 0) return {};
    auto& again = event((*entry)->reprocessed_at(), "quarantine reprocessed", name);
    again.set_who((*entry)->reprocessed_by());
    again.set_reason((*entry)->reprocess_reason());
    return {};
  }

  void add_update(const CallUpdate& update, const std::string& name) {
    auto& e = event(update.at(), update_words(update.kind()), name);
    e.set_who(update.has_by() ? update.by().name() : update.who());
    e.set_reason(update.reason());
    const auto add = [&](const std::string& said) {
      e.set_detail(e.detail() + (e.detail().empty() ? "" : "; ") + said);
    };
    e.set_detail(joined(update.changed()));
    if (update.trust() == record::v1::UNALIGNED)
      add("sender " + trust_words(update.trust(), update.trust_evidence()));
    for (const auto& note : update.notes()) add(note);
  }

  void add_outbox(const OutboxEntry& mail) {
    const auto name = name_of(mail.id());
    names_.emplace("outbox", name);
    event(mail.created_at(), "written", name).set_detail(mail.kind());
    for (const auto& action : mail.actions()) {
      const bool retried = action.kind() == OutboxAction::RETRIED;
      auto& e = event(action.at(), retried ? "outbox retried" : "outbox cancelled", name);
      e.set_who(action.who());
      e.set_reason(action.reason());
    }
    for (const auto& r : mail.recipients()) add_recipient(mail, r, name + " to " + r.address());
  }

  void add_recipient(const OutboxEntry& mail, const OutboxRecipient& r, const std::string& about) {
    const auto tries = std::to_string(r.attempts()) + (r.attempts() == 1 ? " try" : " tries");
    const auto said = r.last_reply().empty() ? tries : tries + ", " + r.last_reply();
    switch (r.state()) {
      case OutboxRecipient::SENT:
        event(r.settled_at(), "sent", about).set_detail(said);
        if (r.reported_at() != 0)
          event(r.reported_at(), "reported", about)
              .set_detail(r.report() + (r.report_status().empty() ? "" : " " + r.report_status()) +
                          (r.report_detail().empty() ? "" : ", " + r.report_detail()));
        break;
      case OutboxRecipient::DEAD:
        event(r.settled_at(), "dead", about).set_detail(said);
        break;
      case OutboxRecipient::CANCELLED:
        break;  // the action says it
      default:
        event(mail.next_attempt_at(), "waiting", about).set_detail(said);
        break;
    }
  }

  /// An action that stands on a mail too is one event, not two.
  void add_audited(const record::v1::AuditEntry& e) {
    for (auto& known : *out_.mutable_events())
      if (known.at() == e.at() && known.what() == e.what() && known.about() == e.detail()) {
        known.set_from(e.from());
        return;
      }
    auto& added = event(e.at(), e.what(), e.detail());
    added.set_who(e.who());
    added.set_reason(e.reason());
    added.set_from(e.from());
    if (!e.before().empty() || !e.after().empty())
      added.set_detail(e.before() + " -> " + e.after());
  }

  const found_call& found_;
  std::set<std::pair<std::string, std::string>> names_;  ///< what an audit entry may be about
  admin::v1::CallHistoryResponse out_;
};

}  // namespace

result<admin::v1::CallHistoryResponse> call_history(const open_units& units,
                                                    const admin::v1::CallHistoryRequest& request,
                                                    const access::caller& caller) {
  const auto found = find_call(units, request.call());
  if (!found) return found.error();
  history out{*found};
  if (auto r = out.add_mail(); !r) return r.error();
  out.add_call();
  if (auto r = out.add_updates(); !r) return r.error();
  if (auto r = out.add_mails(); !r) return r.error();
  if (caller.may(access::right::AUDIT, found->unit.part.value))
    if (auto r = out.add_audit(); !r) return r.error();
  return std::move(out).in_order();
}

}  // namespace postroom::app

#include "actors/ingest_notice.hpp"

#include "actors/ingest_update.hpp"
#include "partitions/address_marks.hpp"
#include "partitions/model.hpp"

namespace postroom::actors::ingest {

namespace {

using mail::report_kind;
using mail::reported_action;
using mail::reported_recipient;
using record::v1::CallUpdate;
using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;

/// What an outgoing mail's recipient is told to have met with; also the reason of a notice that is
/// suppressed.
std::string name_of(const mail::parsed_mail& notice) {
  if (!notice.about)
    return notice.author.kind == mail::origin::out_of_office ? "out_of_office" : "auto_reply";
  switch (notice.about->kind) {
    case report_kind::failure:
      return "bounce";
    case report_kind::delay:
      return "delay";
    case report_kind::success:
      return "delivered";
    case report_kind::feedback:
      return "complaint";
    case report_kind::read_receipt:
      return "receipt";
  }
  return "report";
}

std::string word_of(const mail::parsed_mail& notice, const reported_recipient* told) {
  if (notice.about && told != nullptr) switch (told->action) {
      case reported_action::failed:
        return "failed";
      case reported_action::delayed:
        return "delayed";
      case reported_action::delivered:
        return "delivered";
      case reported_action::relayed:
        return "relayed";
      case reported_action::expanded:
        return "expanded";
      case reported_action::none:
        break;
    }
  if (notice.about && !notice.about->detail.empty()) return notice.about->detail;
  return name_of(notice);
}

bool is_about(const reported_recipient& told, const std::string& address) {
  return partitions::fold_address(told.address) == address ||
         partitions::fold_address(told.final_address) == address;
}

/// What the report says of this recipient; of a mail to one alone it says it of that one, whatever
/// address the mail was passed on to.
const reported_recipient* told_of(const mail::parsed_mail& notice, const OutboxEntry& sent,
                                  const OutboxRecipient& to) {
  if (!notice.about) return nullptr;
  const auto& all = notice.about->recipients;
  const auto address = partitions::fold_address(to.address());
  for (const auto& told : all)
    if (is_about(told, address)) return &told;
  return sent.recipients_size() == 1 && all.size() == 1 ? &all.front() : nullptr;
}

/// An automatic answer concerns who wrote it, a report whom it names; of a mail to one alone both
/// concern that one.
bool concerns(const mail::parsed_mail& notice, const OutboxEntry& sent, const OutboxRecipient& to,
              const reported_recipient* told) {
  if (told != nullptr || sent.recipients_size() == 1) return true;
  return partitions::fold_address(to.address()) == partitions::fold_address(notice.from.addr);
}

std::map<uint32_t, OutboxRecipient> reports_of(const OutboxEntry& sent,
                                               const mail::parsed_mail& notice, time_point now) {
  std::map<uint32_t, OutboxRecipient> out;
  for (int i = 0; i < sent.recipients_size(); ++i) {
    const auto* told = told_of(notice, sent, sent.recipients(i));
    if (!concerns(notice, sent, sent.recipients(i), told)) continue;
    auto& to = out[static_cast<uint32_t>(i)];
    to.set_address(sent.recipients(i).address());
    to.set_reported_at(to_millis(now));
    to.set_report(word_of(notice, told));
    to.set_report_status(told != nullptr ? told->status : "");
    to.set_report_detail(told != nullptr ? told->diagnostic : "");
  }
  return out;
}

std::string sentence(const mail::parsed_mail& notice, const OutboxEntry& sent) {
  std::string out = "A notice (" + name_of(notice) + ") about the mail of kind " + sent.kind();
  for (const auto& to : sent.recipients()) {
    const auto* told = told_of(notice, sent, to);
    if (!concerns(notice, sent, to, told)) continue;
    out += " to " + to.address() + ": " + word_of(notice, told);
    if (told != nullptr && !told->status.empty()) out += " " + told->status;
    if (told != nullptr && !told->diagnostic.empty()) out += " (" + told->diagnostic + ")";
  }
  return out + ".";
}

/// What a notice says that speaks of no mail of ours, for the ledger.
std::string told_in(const mail::parsed_mail& notice) {
  constexpr std::size_t max_told = 3;
  std::string out = "The notice (" + name_of(notice) + ")";
  if (!notice.about) return out + " is known by " + notice.author.evidence + ".";
  const auto& all = notice.about->recipients;
  for (std::size_t i = 0; i < all.size() && i < max_told; ++i) {
    out += (i == 0 ? " is about " : ", ") + all[i].address + ": " + word_of(notice, &all[i]);
    if (!all[i].status.empty()) out += " " + all[i].status;
  }
  if (all.size() > max_told) out += " and " + std::to_string(all.size() - max_told) + " more";
  return out + ".";
}

std::string why_of_no_call(const decision_input& in, const partitions::follow_up& belongs) {
  const auto& sent = in.found.reported;
  if (sent && sent->call() == 0) return "it speaks of a mail from here that is about no call";
  if (sent) return "the call of the mail that it speaks of is not there";
  if (!belongs.related.empty()) {
    const auto& named = belongs.related.front();
    return "it names " + named.call() + ": " + named.why();
  }
  return in.item.parsed->about ? "it proves no mail that was sent from here"
                               : "it speaks of no mail that was sent from here";
}

/// It becomes no call, but what it says of a mail of ours is kept all the same.
decision suppressed(record::v1::LedgerEntry entry, const decision_input& in,
                    const partitions::follow_up& belongs) {
  const auto& notice = *in.item.parsed;
  const auto& sent = in.found.reported;
  decision out;
  entry.set_outcome(record::v1::SUPPRESSED);
  entry.set_reason(name_of(notice));
  entry.set_note(why_of_no_call(in, belongs));
  entry.add_notes(sent ? sentence(notice, *sent) : told_in(notice));
  if (sent) {
    entry.set_outbox(sent->id());
    out.reports = reports_of(*sent, notice, in.now);
  }
  out.entry = std::move(entry);
  return out;
}

/// Of the types of RFC 5965 those in which a reader does not want our mails; "auth-failure" and
/// "not-spam" are none. Amazon tells no type at times.
bool is_complaint(const mail::report& about) {
  static constexpr std::string_view types[] = {"abuse", "opt-out", "opt-out-list", "fraud", ""};
  return about.kind == report_kind::feedback &&
         std::ranges::find(types, about.detail) != std::end(types);
}

/// Who complains is named nowhere at times; of a mail to one alone it is that one.
std::optional<record::v1::AddressMark> complaint_of(const mail::parsed_mail& notice,
                                                    const OutboxEntry& sent,
                                                    const reported_recipient* told) {
  const bool is_only = sent.recipients_size() == 1 && notice.about->recipients.empty();
  if (told == nullptr && !is_only) return std::nullopt;
  record::v1::AddressMark mark;
  mark.set_status(partitions::complaint_status);
  mark.set_diagnostic(notice.about->detail.empty() ? "abuse" : notice.about->detail);
  return mark;
}

std::optional<record::v1::AddressMark> failure_of(const mail::parsed_mail& notice,
                                                  const OutboxRecipient& to,
                                                  const reported_recipient* told) {
  if (notice.about->kind != report_kind::failure || told == nullptr) return std::nullopt;
  // Where the mail was passed on and only that failed, the address itself takes mails.
  if (told->action != reported_action::failed ||
      !is_about(*told, partitions::fold_address(to.address())))
    return std::nullopt;
  record::v1::AddressMark mark;
  mark.set_status(told->status);
  mark.set_diagnostic(told->diagnostic);
  return mark;
}

}  // namespace

result<decision> decide_notice(record::v1::LedgerEntry entry, const decision_input& in,
                               const partitions::follow_up& belongs) {
  const auto& notice = *in.item.parsed;
  const auto& sent = in.found.reported;
  auto about = in.book.call(call_number{sent ? sent->call() : 0});
  if (!about) return about.error();
  const auto* call = sent ? *about : belongs.call;
  if (call == nullptr) return suppressed(std::move(entry), in, belongs);
  decision out;
  out.call = *call;
  auto update =
      next_update(*out.call, notice.about ? CallUpdate::REPORT : CallUpdate::AUTO_REPLY, in);
  update.set_evidence(sent ? "It names a mail that was sent about the call." : belongs.evidence);
  if (sent) {
    update.add_notes(sentence(notice, *sent));
    out.reports = reports_of(*sent, notice, in.now);
    entry.set_outbox(sent->id());
  }
  entry.set_outcome(record::v1::UPDATED);
  entry.set_call(out.call->number());
  entry.set_update(update.sequence());
  entry.add_notes(sent ? update.notes(0) : update.evidence());
  note_handling(*out.call, update, in);
  out.entry = std::move(entry);
  out.update = std::move(update);
  return out;
}

std::vector<record::v1::AddressMark> addresses_to_mark(const OutboxEntry& sent,
                                                       const mail::parsed_mail& notice,
                                                       time_point now) {
  std::vector<record::v1::AddressMark> out;
  if (!notice.about) return out;
  for (const auto& to : sent.recipients()) {
    const auto* told = told_of(notice, sent, to);
    auto mark = is_complaint(*notice.about) ? complaint_of(notice, sent, told)
                                            : failure_of(notice, to, told);
    if (!mark) continue;
    mark->set_address(partitions::fold_address(to.address()));
    mark->set_at(to_millis(now));
    mark->set_reports(1);
    out.push_back(std::move(*mark));
  }
  return out;
}

}  // namespace postroom::actors::ingest

#include "actors/audit_entries.hpp"

#include <algorithm>
#include <map>

#include "actors/ingest.hpp"
#include "actors/words.hpp"

namespace postroom::actors {

using record::v1::AuditEntry;
using record::v1::OutboxRecipient;

namespace {

template <class Change>
AuditEntry started(const Change& done, time_point now, const char* what) {
  AuditEntry out;
  out.set_at(to_millis(now));
  out.set_who(done.who);
  out.set_from(done.from);
  out.set_reason(done.reason);
  out.set_what(what);
  return out;
}

const char* name_of(OutboxRecipient::State state) {
  switch (state) {
    case OutboxRecipient::SENT:
      return "sent";
    case OutboxRecipient::DEAD:
      return "dead";
    case OutboxRecipient::CANCELLED:
      return "cancelled";
    default:
      return "waiting";
  }
}

/// "2 dead, 1 waiting": an audit is no place for addresses.
template <class Recipients>
std::string count_states(const Recipients& recipients) {
  std::map<std::string, int> counts;
  for (const auto& r : recipients) ++counts[name_of(r.state())];
  std::string out;
  for (const auto& [state, n] : counts)
    out += (out.empty() ? "" : ", ") + std::to_string(n) + " " + state;
  return out;
}

/// ": ~ IT incoming[it-inbox].port: 993 -> 1993; and 7 more".
std::string first_changes(const record::v1::SettingsVersion& about) {
  constexpr int most = 3;  // the version keeps more, and `postroom diff` shows all
  std::string out;
  const int shown = std::min(most, about.changed_size());
  for (int i = 0; i < shown; ++i) out += (i == 0 ? ": " : "; ") + about.changed(i);
  const auto left_out = about.changes() - static_cast<uint64_t>(shown);
  return left_out == 0 ? out : out + "; and " + std::to_string(left_out) + " more";
}

std::string joined(const std::string& some, const std::string& more) {
  return some.empty() ? more : some + "; " + more;
}

std::string mail_name(const partition_id& partition, uint64_t id) {
  return "mail " + partition.value + "/" + std::to_string(id);
}

}  // namespace

result<void> check_demanded(const config::v1::General& general, const std::string& reason) {
  if (!general.demand_reasons() || !is_blank(reason)) return {};
  return fail(ec::config_invalid,
              "reason: is blank, and this server demands one for every change; say in a few words "
              "why (--reason TEXT)");
}

AuditEntry audit_of(const change_settings& done, const record::v1::SettingsVersion& about) {
  const auto name = [](uint64_t version) { return "version " + std::to_string(version); };
  const bool back = about.rolled_back_to() != 0;
  auto out =
      started(done, from_millis(about.at()), back ? "settings rolled back" : "settings changed");
  out.set_partition(done.partition);
  out.set_detail(name(about.version()) + (back ? ", back to " + name(about.rolled_back_to()) : "") +
                 first_changes(about));
  if (about.version() > 1) out.set_before(name(about.version() - 1));
  out.set_after(name(about.version()));
  return out;
}

AuditEntry audit_of(const change_outbox& done, const record::v1::OutboxEntry& entry,
                    time_point now) {
  const bool retry = done.what == change_outbox::kind::retry;
  auto out = started(done, now, retry ? "outbox retried" : "outbox cancelled");
  out.set_partition(done.partition.value);
  out.set_detail(mail_name(done.partition, done.entry));
  if (!entry.actions().empty()) out.set_before(count_states(entry.actions().rbegin()->before()));
  out.set_after(count_states(entry.recipients()));
  return out;
}

AuditEntry audit_of(const reprocess_mail& done, const record::v1::LedgerEntry& ledger,
                    time_point now) {
  auto out = started(done, now, "quarantine reprocessed");
  out.set_partition(done.partition.value);
  out.set_detail(mail_name(done.partition, done.mail.value));
  out.set_before(ledger.before());
  if (done.accept) out.set_before(out.before() + ", accepted all the same");
  out.set_after(ledger.call() == 0
                    ? ingest::outcome_name(ledger.outcome(), ledger.reason())
                    : "call " + render_call(done.partition, call_number{ledger.call()}));
  return out;
}

AuditEntry audit_of(const change_call& done, const record::v1::CallUpdate& update, time_point now) {
  AuditEntry out;
  out.set_at(to_millis(now));
  out.set_who(done.to.who);
  out.set_from(done.from);
  out.set_reason(done.to.reason);
  out.set_what("call changed");
  out.set_partition(done.partition.value);
  out.set_detail("call " + render_call(done.partition, done.call));
  constexpr std::string_view arrow = " -> ";
  for (const auto& changed : update.changed()) {
    const auto at = changed.find(arrow);
    const auto field = changed.substr(0, changed.find(": ") + 2);
    out.set_before(joined(out.before(), changed.substr(0, at)));
    out.set_after(joined(out.after(), field + changed.substr(at + arrow.size())));
  }
  if (!update.text().empty()) out.set_after(joined(out.after(), "a text was added"));
  return out;
}

AuditEntry audit_of(const discard_mail& done, const record::v1::QuarantineEntry& entry,
                    time_point now) {
  auto out = started(done, now, "quarantine discarded");
  out.set_partition(done.partition.value);
  out.set_detail(mail_name(done.partition, done.mail.value));
  out.set_before(entry.reason());
  out.set_after("discarded");
  return out;
}

}  // namespace postroom::actors

#include "app/cli_view.hpp"

#include <algorithm>
#include <array>

#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/words.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"

namespace postroom::app {

std::string show_time(int64_t ms) {
  if (ms == 0) return "-";
  auto text = render_time(from_millis(ms)).substr(0, 19) + "Z";
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string show_size(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  uint64_t tenths = bytes * 10 / 1024;
  for (; tenths >= 10'240 && unit + 1 < units.size(); ++unit) tenths /= 1024;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + units.at(unit);
}

std::string show_outcome(const record::v1::LedgerEntry& entry) {
  const auto name = lower(record::v1::Outcome_Name(entry.outcome()));
  return entry.reason().empty() ? name : name + ":" + entry.reason();
}

std::string show_key(const record::v1::MailKey& key) {
  return key.uidl().empty() ? "uid " + std::to_string(key.uid()) : key.uidl();
}

std::string show_person(const record::v1::PersonRef& person) {
  if (person.address().empty()) return person.name();
  return person.name().empty() ? person.address() : person.name() + " <" + person.address() + ">";
}

std::string show_call(const std::string& partition, uint64_t number) {
  return number == 0 ? "-" : render_call(partition_id{partition}, call_number{number});
}

std::string show_id(const std::string& partition, uint64_t id) {
  return partition + "/" + std::to_string(id);
}

std::string show_state(const record::v1::OutboxRecipient& recipient) {
  switch (recipient.state()) {
    case record::v1::OutboxRecipient::SENT:
      if (recipient.reported_at() == 0) return "sent";
      return "sent, then " + recipient.report() +
             (recipient.report_status().empty() ? "" : " " + recipient.report_status());
    case record::v1::OutboxRecipient::DEAD:
      return "dead";
    case record::v1::OutboxRecipient::CANCELLED:
      return "cancelled";
    default:
      return recipient.attempts() > 0 ? "waiting" : "new";
  }
}

std::string show_last_action(const record::v1::OutboxEntry& entry) {
  if (entry.actions().empty()) return {};
  const auto& last = *entry.actions().rbegin();
  const bool cancelled = last.kind() == record::v1::OutboxAction::CANCELLED;
  auto out = (cancelled ? "cancelled by " : "retried by ") + last.who();
  return last.reason().empty() ? out : out + ": " + last.reason();
}

std::string show_became(const std::string& partition, const record::v1::QuarantineEntry& entry) {
  if (entry.became() == record::v1::OUTCOME_UNSPECIFIED) return {};
  if (entry.call() != 0) return show_call(partition, entry.call());
  record::v1::LedgerEntry outcome;
  outcome.set_outcome(entry.became());
  return show_outcome(outcome);
}

void print_facts(terminal& term, const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [label, value] : facts)
    if (!value.empty()) width = std::max(width, label.size());
  for (const auto& [label, value] : facts)
    if (!value.empty())
      term.out << "  " << label << std::string(width - label.size() + 2, ' ') << printable(value)
               << "\n";
}

void print_heading(terminal& term, const std::string& text) {
  term.out << paint(printable(text), style::bold, term.colour) << "\n";
}

}  // namespace postroom::app

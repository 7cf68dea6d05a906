#include "app/call_find.hpp"

#include <algorithm>
#include <utility>

#include "app/admin_find.hpp"
#include "app/words.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;

constexpr std::size_t max_update_bytes = 8u << 20;

}  // namespace

result<mail::call_name> read_call(const std::string& text) {
  if (auto name = mail::read_call_name(text)) return std::move(*name);
  return fail(ec::config_invalid, "\"" + text + "\" is not a call number, such as IT-000123");
}

result<found_call> find_call(const open_units& units, const std::string& number) {
  const auto name = read_call(number);
  if (!name) return name.error();
  auto unit = find_unit(units, name->part.value);
  if (!unit) return unit.error();
  const auto shown = render_call(name->part, name->number);
  auto call = read_record<record::v1::Call>(*unit->store, keys::call(name->number), shown);
  if (!call) return call.error();
  if (!*call)
    return fail(ec::not_found, "there is no call " + shown + "; `postroom calls` lists the newest");
  return found_call{std::move(*unit), std::move(**call)};
}

namespace {

/// What came back later about a mail of ours.
result<void> add_reports(const open_unit& unit, record::v1::OutboxEntry& mail) {
  return unit.store->scan(keys::outbox_reports_of(mail.id()),
                          [&](std::string_view, std::string_view value) {
                            record::v1::OutboxRecipient told;
                            if (!told.ParseFromArray(value.data(), static_cast<int>(value.size())))
                              return true;
                            for (auto& to : *mail.mutable_recipients())
                              if (to.address() == told.address()) {
                                to.set_reported_at(told.reported_at());
                                to.set_report(told.report());
                                to.set_report_status(told.report_status());
                                to.set_report_detail(told.report_detail());
                              }
                            return true;
                          });
}

result<std::vector<record::v1::OutboxEntry>> read_mails(const open_unit& unit,
                                                        const std::vector<std::string>& wanted,
                                                        const std::string& what) {
  const auto values = unit.store->multi_get(wanted);
  if (!values) return values.error();
  std::vector<record::v1::OutboxEntry> out(values->size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!(*values)[i] || !out[i].ParseFromString(*(*values)[i]))
      return fail(ec::corrupt_record, "a mail sent about " + what + " does not parse");
  for (auto& mail : out)
    if (auto r = add_reports(unit, mail); !r) return r.error();
  return out;
}

}  // namespace

result<std::vector<record::v1::OutboxEntry>> mails_of_call(const open_unit& unit,
                                                           call_number number) {
  std::vector<std::string> wanted;
  auto scanned =
      unit.store->scan(keys::outbox_of(number), [&](std::string_view key, std::string_view) {
        wanted.push_back(keys::outbox(keys::trailing_u64(key)));
        return wanted.size() < max_mails_of_call;
      });
  if (!scanned) return scanned.error();
  return read_mails(unit, wanted, render_call(unit.part, number));
}

result<std::vector<record::v1::OutboxEntry>> mails_caused_by(const open_unit& unit,
                                                             const record::v1::LedgerEntry& entry) {
  std::vector<std::string> wanted;
  for (const auto id : entry.sent()) wanted.push_back(keys::outbox(id));
  return read_mails(unit, wanted, "an incoming mail");
}

result<call_updates> updates_of_call(const open_unit& unit, call_number number, std::size_t most) {
  call_updates out;
  std::size_t bytes = 0;
  bool damaged = false;
  auto scanned = unit.store->scan(
      keys::updates_of(number),
      [&](std::string_view, std::string_view value) {
        out.more = out.updates.size() >= most || bytes + value.size() > max_update_bytes;
        if (out.more) return false;
        bytes += value.size();
        damaged = !out.updates.emplace_back().ParseFromArray(value.data(),
                                                             static_cast<int>(value.size()));
        return !damaged;
      },
      true);
  if (!scanned) return scanned.error();
  if (damaged)
    return fail(ec::corrupt_record,
                "an update of " + render_call(unit.part, number) + " does not parse");
  std::reverse(out.updates.begin(), out.updates.end());
  return out;
}

}  // namespace postroom::app

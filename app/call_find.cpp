#include "app/call_find.hpp"

#include "app/admin_find.hpp"
#include "app/words.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;

struct call_name {
  partition_id part;
  call_number number;
};

/// The code may hold hyphens itself, so the last one divides.
result<call_name> parse_call(const std::string& text) {
  const auto hyphen = text.rfind('-');
  if (hyphen != std::string::npos && hyphen > 0) {
    const auto number = to_number(std::string_view{text}.substr(hyphen + 1));
    if (number && *number > 0)
      return call_name{partition_id{upper(text.substr(0, hyphen))}, call_number{*number}};
  }
  return fail(ec::config_invalid, "\"" + text + "\" is not a call number, such as IT-000123");
}

}  // namespace

result<found_call> find_call(const open_units& units, const std::string& number) {
  const auto name = parse_call(number);
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

result<std::vector<record::v1::OutboxEntry>> mails_of_call(const open_unit& unit,
                                                           call_number number) {
  std::vector<std::string> wanted;
  auto scanned =
      unit.store->scan(keys::outbox_of(number), [&](std::string_view key, std::string_view) {
        wanted.push_back(keys::outbox(keys::trailing_u64(key)));
        return wanted.size() < max_mails_of_call;
      });
  if (!scanned) return scanned.error();
  const auto values = unit.store->multi_get(wanted);
  if (!values) return values.error();
  std::vector<record::v1::OutboxEntry> out(values->size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!(*values)[i] || !out[i].ParseFromString(*(*values)[i]))
      return fail(ec::corrupt_record,
                  "a mail sent about " + render_call(unit.part, number) + " does not parse");
  return out;
}

}  // namespace postroom::app

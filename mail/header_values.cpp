#include "mail/header_values.hpp"

#include "mail/encoded_words.hpp"
#include "mail/fields.hpp"
#include "mail/trace.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

std::string decode_field(std::string_view value) {
  return clean_line(decode_words(unfold(value, header_value_limits::bytes), {}));
}

std::vector<std::string> field_values(std::string_view header, std::string_view name) {
  std::vector<std::string> out;
  while (auto f = next_field(header)) {
    if (!equal_ignoring_case(f->name, name)) continue;
    out.push_back(decode_field(f->value));
    if (out.size() == header_value_limits::values) break;
  }
  return out;
}

std::optional<std::string> trusted_field(std::string_view header, std::string_view name,
                                         const trust_settings& settings) {
  const trace_hosts hosts(settings.border_hosts.empty() ? settings.ids : settings.border_hosts);
  std::optional<std::string_view> found;
  while (auto f = next_field(header)) {
    if (equal_ignoring_case(f->name, "received")) {
      const auto hop = hosts.read(f->value);
      if (hop == trace_hop::foreign || hop == trace_hop::unreadable) return {};
      if (hop == trace_hop::internal) continue;
      return found ? std::optional(decode_field(*found)) : std::nullopt;
    }
    if (!found && equal_ignoring_case(f->name, name)) found = f->value;
  }
  return {};
}

}  // namespace postroom::mail

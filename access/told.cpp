#include "access/told.hpp"

#include <string_view>

#include "base/clock.hpp"

namespace postroom::access {
namespace {

constexpr std::size_t most_told = 1000;  // bytes: a role may name 100,000 partitions

void add_word(std::string& to, const std::string& word) {
  to += (to.empty() ? "" : ", ") + word;
}

template <class Grants>
told_fields told_grants(const Grants& grants) {
  told_fields out;
  for (const auto& g : grants) {
    auto& where = out[admin::v1::Right_Name(g.right())];
    if (g.everywhere()) add_word(where, "everywhere");
    for (const auto& part : g.partitions()) add_word(where, part);
  }
  return out;
}

/// Cut between two characters, with a sign that there was more.
void shorten(std::string& text) {
  constexpr std::string_view more = "…";
  if (text.size() <= most_told) return;
  auto end = most_told - more.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text += more;
}

}  // namespace

told_fields told_of(const record::v1::AccessPrincipal& principal) {
  told_fields out;
  const auto add = [&](const char* field, const std::string& text) {
    if (!text.empty()) out[field] = text;
  };
  std::string roles;
  for (const auto& role : principal.roles()) add_word(roles, role);
  add("display name", principal.display_name());
  add("roles", roles);
  add("certificate", principal.certificate_subject());
  add("disabled", principal.disabled() ? "yes" : "");
  if (principal.has_password())
    out["password"] = "set " + render_time(from_millis(principal.password().changed_at()));
  return out;
}

told_fields told_of(const record::v1::AccessRole& role) {
  return told_grants(role.grants());
}

told_fields told_of(const record::v1::AccessToken& token) {
  std::string may;
  for (const auto& [what, where] : told_grants(token.scopes())) add_word(may, what + " " + where);
  return {{"token " + token.id(), token.name() + " (" + (may.empty() ? "all rights" : may) +
                                      ") until " + render_time(from_millis(token.expires_at()))}};
}

void told_change::add(const told_fields& was, const told_fields& is) {
  const auto add_those_not_in = [](const told_fields& other, const told_fields& fields,
                                   std::string& to) {
    for (const auto& [field, text] : fields) {
      const auto found = other.find(field);
      if (found != other.end() && found->second == text) continue;
      to += (to.empty() ? "" : "; ") + field + ": " + text;
    }
    shorten(to);
  };
  add_those_not_in(is, was, before_);
  add_those_not_in(was, is, after_);
}

}  // namespace postroom::access

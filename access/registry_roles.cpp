#include "access/registry.hpp"

#include <algorithm>

namespace postroom::access {
namespace {

constexpr std::size_t most_roles = 1000;
constexpr std::size_t most_tokens_of_one = 100;
constexpr std::size_t most_token_name = 200;
constexpr uint32_t default_days = 90;
constexpr uint32_t most_days = 365;
constexpr int64_t day_ms = 86'400'000;

std::string holders_of(const state& s, const std::string& role) {
  std::string out;
  for (const auto& [name, p] : s.principals)
    if (std::find(p.roles().begin(), p.roles().end(), role) != p.roles().end())
      out += (out.empty() ? "" : ", ") + name;
  return out;
}

/// For whom the token is, or why it may not be.
result<std::string> owner_of(const caller& who, const token_wish& wanted) {
  if (who.by() == proof::machine) {
    if (!wanted.principal.empty()) return wanted.principal;
    return fail(ec::config_invalid, "principal: is blank; name for whom the token is");
  }
  if (who.by() == proof::token)
    return fail(ec::forbidden, "a token cannot make tokens; sign in by password or certificate");
  if (wanted.principal.empty() || wanted.principal == who.name()) return who.name();
  return fail(ec::forbidden, "principal: you can make tokens for yourself only");
}

result<void> check_wish(const token_wish& wanted) {
  if (wanted.name.empty())
    return fail(ec::config_invalid, "name: is blank; say what the token is for");
  if (auto r = check_text("name", wanted.name, most_token_name); !r) return r;
  if (wanted.days > most_days)
    return fail(ec::config_invalid,
                "days: is " + std::to_string(wanted.days) + "; take at most 365");
  return check_grants("scopes", wanted.scopes);
}

result<void> check_owner(const state& s, const std::string& owner, const token_wish& wanted) {
  const auto found = s.principals.find(owner);
  if (found == s.principals.end())
    return fail(ec::not_found, "there is no principal \"" + owner + "\"");
  if (!covers(rights_of(s, found->second), rights_of(wanted.scopes)))
    return fail(ec::forbidden,
                "scopes: go beyond the rights of \"" + owner + "\"; leave those out");
  const auto theirs = std::count_if(s.tokens.begin(), s.tokens.end(),
                                    [&](const auto& t) { return t.second.principal() == owner; });
  if (static_cast<std::size_t>(theirs) >= most_tokens_of_one)
    return fail(ec::overloaded, "\"" + owner + "\" has 100 tokens; revoke some");
  return {};
}

}  // namespace

result<void> registry::put_role(const author& who, const AccessRole& wanted) {
  if (auto r = check_name("name", wanted.name()); !r) return r;
  if (auto r = check_grants("grants", wanted.grants()); !r) return r;
  if (auto r = check_may_grant(who, rights_of(wanted.grants()), "the role"); !r) return r;
  return change(who, "role put", wanted.name(), [&](edit& e) -> result<void> {
    if (!e.now().roles.contains(wanted.name()) && e.now().roles.size() >= most_roles)
      return fail(ec::overloaded, "there are 1,000 roles; remove some");
    e.put(wanted);
    return {};
  });
}

result<void> registry::remove_role(const author& who, const std::string& name) {
  return change(who, "role removed", name, [&](edit& e) -> result<void> {
    if (!e.now().roles.contains(name))
      return fail(ec::not_found,
                  "there is no role \"" + name + "\"; `postroom access roles list` lists them");
    if (const auto holders = holders_of(e.now(), name); !holders.empty())
      return fail(ec::conflict,
                  "the role is held by " + holders.substr(0, 500) + "; take it from them first");
    e.erase_role(name);
    return {};
  });
}

result<created_token> registry::create_token(const author& who, const token_wish& wanted) {
  const auto owner = owner_of(who, wanted);
  if (!owner) return owner.error();
  if (auto r = check_wish(wanted); !r) return r.error();
  created_token out{make_secret("prt_", options_.random), {}};
  auto& token = out.token;
  const auto at = to_millis(options_.clock());
  token.set_id(random_hex(options_.random, 1));
  token.set_principal(*owner);
  token.set_name(wanted.name);
  token.set_hash(digest_of(out.secret));
  *token.mutable_scopes() = wanted.scopes;
  token.set_created_at(at);
  token.set_expires_at(at + day_ms * (wanted.days == 0 ? default_days : wanted.days));
  const auto done =
      change(who, "token created", *owner + ": " + token.id(), [&](edit& e) -> result<void> {
        if (auto r = check_owner(e.now(), *owner, wanted); !r) return r;
        e.put(token);
        return {};
      });
  if (!done) return done.error();
  return out;
}

result<void> registry::revoke_token(const author& who, const std::string& id) {
  return change(who, "token revoked", id.substr(0, 64), [&](edit& e) -> result<void> {
    const auto found = e.now().tokens.find(id);
    const bool own = found != e.now().tokens.end() && found->second.principal() == who.name() &&
                     (who.by() != proof::token || who.credential() == id);
    const bool any = who.may_everywhere(admin::v1::SECURITY_SETUP);
    if (found == e.now().tokens.end() || !(own || any))
      return fail(ec::not_found,
                  "you have no token \"" + id + "\"; `postroom access tokens list` lists them");
    e.erase_token(id);
    return {};
  });
}

}  // namespace postroom::access

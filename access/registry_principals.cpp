#include "access/registry.hpp"

namespace postroom::access {
namespace {

constexpr std::size_t most_principals = 10'000;
constexpr int most_roles_of_one = 100;
constexpr std::size_t most_display_name = 200;
constexpr std::size_t most_subject = 1000;

result<const AccessPrincipal*> find(const state& s, const std::string& name) {
  const auto found = s.principals.find(name);
  if (found != s.principals.end()) return &found->second;
  return fail(ec::not_found, "there is no principal \"" + name +
                                 "\"; `postroom access principals list` lists them");
}

result<void> check_roles(const state& s, const AccessPrincipal& p) {
  if (p.roles_size() > most_roles_of_one)
    return fail(ec::config_invalid, "roles: are more than 100");
  for (const auto& role : p.roles())
    if (!s.roles.contains(role))
      return fail(ec::config_invalid, "roles: there is no role \"" + role +
                                          "\"; `postroom access roles list` lists them");
  return {};
}

result<void> check_fields(const state& s, const AccessPrincipal& p) {
  if (auto r = check_text("display_name", p.display_name(), most_display_name); !r) return r;
  if (auto r = check_text("certificate_subject", p.certificate_subject(), most_subject); !r)
    return r;
  const auto bound = s.subject_of.find(p.certificate_subject());
  if (!p.certificate_subject().empty() && bound != s.subject_of.end() && bound->second != p.name())
    return fail(ec::already_exists, "certificate_subject: is bound to \"" + bound->second +
                                        "\"; unbind it there first");
  return check_roles(s, p);
}

/// Whoever gives somebody a way to sign in, or roles, could do so for themselves.
result<void> check_may_make(const caller& who, const state& s, const AccessPrincipal& p) {
  // What a token could make would outlive the token.
  if (who.by() == proof::token)
    return fail(ec::forbidden,
                "a token gives nobody a way to sign in; sign in by password or certificate");
  return check_may_grant(who, rights_of(s, p), "\"" + p.name() + "\"");
}

/// Only what is added needs to be held.
result<void> check_added_roles(const caller& who, const state& s, const AccessPrincipal& was,
                               const AccessPrincipal& next) {
  for (const auto& role : next.roles()) {
    if (std::find(was.roles().begin(), was.roles().end(), role) != was.roles().end()) continue;
    const auto held = rights_of(s.roles.at(role).grants());
    if (auto r = check_may_grant(who, held, "the role \"" + role + "\""); !r) return r;
  }
  return {};
}

AccessPrincipal changed(AccessPrincipal p, const principal_change& wanted) {
  if (wanted.display_name) p.set_display_name(*wanted.display_name);
  if (wanted.disabled) p.set_disabled(*wanted.disabled);
  if (wanted.certificate_subject) p.set_certificate_subject(*wanted.certificate_subject);
  if (wanted.roles) *p.mutable_roles() = {wanted.roles->begin(), wanted.roles->end()};
  return p;
}

}  // namespace

result<AccessPrincipal> registry::add_principal(const author& who, AccessPrincipal wanted,
                                                const std::string& password) {
  if (auto r = check_name("name", wanted.name()); !r) return r.error();
  wanted.clear_password();
  if (!password.empty()) {
    auto digest = hashed(password, wanted.name());
    if (!digest) return digest.error();
    *wanted.mutable_password() = std::move(*digest);
  }
  wanted.set_created_at(to_millis(options_.clock()));
  const auto done = change(who, "principal added", wanted.name(), [&](edit& e) -> result<void> {
    if (e.now().principals.contains(wanted.name()))
      return fail(ec::already_exists, "there is a principal \"" + wanted.name() + "\" already");
    if (e.now().principals.size() >= most_principals)
      return fail(ec::overloaded, "there are 10,000 principals; remove some");
    if (auto r = check_fields(e.now(), wanted); !r) return r;
    if (auto r = check_may_make(who, e.now(), wanted); !r) return r;
    e.put(wanted);
    return {};
  });
  if (!done) return done.error();
  return wanted;
}

result<AccessPrincipal> registry::update_principal(const author& who,
                                                   const principal_change& wanted) {
  AccessPrincipal next;
  const auto done = change(who, "principal changed", wanted.name, [&](edit& e) -> result<void> {
    const auto was = find(e.now(), wanted.name);
    if (!was) return was.error();
    next = changed(**was, wanted);
    if (auto r = check_fields(e.now(), next); !r) return r;
    if (auto r = check_added_roles(who, e.now(), **was, next); !r) return r;
    const bool binds = !next.certificate_subject().empty() &&
                       next.certificate_subject() != (*was)->certificate_subject();
    const bool enables = (*was)->disabled() && !next.disabled();
    if (binds || enables)
      if (auto r = check_may_make(who, e.now(), next); !r) return r;
    e.put(next);
    return {};
  });
  if (!done) return done.error();
  if (next.disabled()) sessions_.close_all(next.name());
  return next;
}

result<void> registry::remove_principal(const author& who, const std::string& name) {
  auto done = change(who, "principal removed", name, [&](edit& e) -> result<void> {
    if (const auto was = find(e.now(), name); !was) return was.error();
    e.erase_principal(name);
    return {};
  });
  if (done) sessions_.close_all(name);
  return done;
}

result<void> registry::set_password(const author& who, const std::string& name,
                                    const std::string& password) {
  if (const auto known = find(*now(), name); !known) return known.error();
  auto digest = hashed(password, name);
  if (!digest) return digest.error();
  bool granted = false;
  auto done = change(who, "password set", name, [&](edit& e) -> result<void> {
    const auto was = find(e.now(), name);
    if (!was) return was.error();
    auto next = **was;
    if (auto r = check_may_make(who, e.now(), next); !r) return r;
    *next.mutable_password() = *digest;
    e.put(next);
    granted = true;
    return {};
  });
  // After a failed commit the password may be new all the same; after a refusal it is the old one.
  if (granted) sessions_.close_all(name);
  return done;
}

}  // namespace postroom::access

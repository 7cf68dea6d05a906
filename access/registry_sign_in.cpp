#include "access/registry.hpp"
#include "access/registry_slot.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "storage/audit_trail.hpp"
#include "storage/keys.hpp"
#include "storage/unit_names.hpp"

namespace postroom::access {
namespace {

constexpr int64_t hour_ms = 3'600'000;
constexpr std::size_t most_secret = 200;
constexpr std::size_t most_typed = 1024;  ///< bytes of a password that are looked at
constexpr std::size_t most_name = 64;     ///< no principal has a longer one

error refused() {
  static auto& count = metrics::get_counter("postroom_sign_in_refused_total",
                                            "Sign-ins refused for a wrong name or password");
  count.add();
  return fail(ec::unauthenticated, "the name or the password is wrong");
}

error unknown() {
  return fail(ec::unauthenticated, "the session or token is unknown, expired or revoked");
}

}  // namespace

result<void> registry::take_attempt(const std::string& name, const std::string& peer) {
  std::lock_guard lock{throttle_mutex_};
  const auto wait = throttle_.attempt(name, peer, options_.clock());
  if (wait == duration{0}) return {};
  return fail(ec::overloaded, "too many failed sign-ins; try again in " +
                                  std::to_string((wait.count() + 999) / 1000) + " s");
}

/// Typed names that nobody has may be anything, passwords too: they are not written down. They cost
/// a commit all the same where a name that somebody has costs one, or the time would tell them
/// apart.
error registry::refused_sign_in(const std::string& name, const std::string& peer, error why) {
  const bool known = now()->principals.contains(name);
  const auto digest = digest_of(name);
  bool first = false;
  uint64_t times = 0;
  {
    std::lock_guard lock{throttle_mutex_};
    first = tried_.first(digest, options_.clock());
    const auto key = known ? name : std::string{};
    if (first)
      times = refusals_.refused(key, options_.clock());
    else
      refusals_.keep(key);
  }
  if (times != 0)
    note_sign_in(caller{{}, peer, {}}, "sign-in refused",
                 (known ? name : "unknown names") + ": " + std::to_string(times));
  else if (first)
    commit_nothing();
  return why;
}

/// Whoever must wait is answered without a commit: it would be one for each of any number of names.
void registry::count_refusal(const std::string& name) {
  const bool known = now()->principals.contains(name);
  std::lock_guard lock{throttle_mutex_};
  refusals_.keep(known ? name : std::string{});
}

/// Nobody is told where it fails: it is only there for the time it takes.
void registry::commit_nothing() {
  storage::write_batch batch;
  batch.put(storage::keys::meta("refused"), std::to_string(to_millis(options_.clock())));
  if (auto done = store_->commit(owner_, std::move(batch)); !done)
    log::warn("refusal_not_noted", {{"error", done.error().text()}});
}

/// An administrator must be able to sign in where the disk is full.
void registry::note_sign_in(const author& who, const std::string& what, const std::string& detail) {
  const auto done = storage::audit::commit(storage::access_unit, *store_, owner_, {},
                                           audit_of(options_.clock(), who, what, detail));
  if (!done) log::error("sign_in_not_audited", {{"what", what}, {"error", done.error().text()}});
}

result<sessions::opened> registry::sign_in(const std::string& name, const std::string& password,
                                           const std::string& peer) {
  if (name.size() > most_name || password.size() > most_typed)
    return refused_sign_in(name, peer, refused());
  const slot place{free_slots_};
  if (!place.taken()) return slot::none();
  if (auto r = take_attempt(name, peer); !r) {
    count_refusal(name);
    return r.error();
  }
  const auto seen = now();
  const auto found = seen->principals.find(name);
  const bool known = found != seen->principals.end() && found->second.has_password();
  const bool fits = password_fits(password, known ? found->second.password() : nobodys_);
  if (!known || !fits || found->second.disabled()) return refused_sign_in(name, peer, refused());
  auto opened = open_session(found->second);
  if (!opened) return opened.error();
  uint64_t untold = 0;
  {
    std::lock_guard lock{throttle_mutex_};
    throttle_.succeeded(name, peer, options_.clock());
    untold = refusals_.take(name);
  }
  note_sign_in(caller{name, peer, {}}, "signed in",
               untold == 0 ? std::string{} : "refused before: " + std::to_string(untold));
  return opened;
}

/// Unless the principal has been changed since: then its other sessions have just been ended.
result<sessions::opened> registry::open_session(const AccessPrincipal& seen) {
  std::lock_guard lock{change_mutex_};
  const auto current = now();
  const auto found = current->principals.find(seen.name());
  if (found == current->principals.end() || found->second.disabled() ||
      found->second.password().hash() != seen.password().hash())
    return refused();
  return sessions_.open(seen.name(), options_.clock(), options_.random);
}

result<caller> registry::caller_of(const state& s, const std::string& principal,
                                   const std::string& peer, proof by,
                                   const std::string& credential) const {
  const auto found = s.principals.find(principal);
  if (found == s.principals.end() || found->second.disabled()) return unknown();
  return caller{principal, peer, rights_of(s, found->second), by, credential};
}

result<caller> registry::by_bearer(const std::string& secret, const std::string& peer) {
  if (secret.size() > most_secret) return unknown();
  const auto at = options_.clock();
  const auto digest = digest_of(secret);
  const auto s = now();
  if (const auto principal = sessions_.principal_of(digest, at))
    return caller_of(*s, *principal, peer, proof::session, digest);
  const auto id = s->token_of.find(digest);
  if (id == s->token_of.end()) return unknown();
  const auto& token = s->tokens.at(id->second);
  if (to_millis(at) >= token.expires_at()) return unknown();
  auto owner = caller_of(*s, token.principal(), peer, proof::token, token.id());
  if (!owner) return owner;
  if (token.scopes().empty()) return owner;
  return caller{owner->name(), peer, common(owner->rights(), rights_of(token.scopes())),
                proof::token, token.id()};
}

result<caller> registry::by_certificate(const std::string& subject, const std::string& peer) const {
  const auto s = now();
  const auto bound = s->subject_of.find(subject);
  if (subject.empty() || bound == s->subject_of.end())
    return fail(ec::unauthenticated, "the client certificate is bound to no principal");
  return caller_of(*s, bound->second, peer, proof::certificate, {});
}

/// At most one commit an hour and token; not worth waiting for.
void registry::note_use(const caller& who) {
  if (who.by() != proof::token) return;
  const auto at = options_.clock();
  const auto is_due = [&](const state& s) {
    const auto token = s.tokens.find(who.credential());
    return token != s.tokens.end() && to_millis(at) - token->second.last_used_at() >= hour_ms;
  };
  if (!is_due(*now())) return;
  std::unique_lock lock{change_mutex_, std::try_to_lock};
  if (!lock) return;
  state next = *now();
  if (!is_due(next)) return;
  auto used = next.tokens.at(who.credential());
  used.set_last_used_at(to_millis(at));
  storage::write_batch batch;
  edit{next, batch}.put(used);
  if (auto done = commit(std::move(next), std::move(batch)); !done)
    log::warn("token_use_not_noted", {{"error", done.error().text()}});
}

void registry::sign_out(const caller& who) {
  if (who.by() != proof::session) return;
  sessions_.close(who.credential());
  note_sign_in(who, "signed out", {});
}

/// The digest of the principal's password, once the old one fits.
result<std::string> registry::check_old_password(const caller& who, const std::string& old) {
  if (old.size() > most_typed) return refused();
  const slot place{free_slots_};
  if (!place.taken()) return slot::none();
  if (auto r = take_attempt(who.name(), who.from()); !r) return r.error();
  const auto seen = now();
  const auto found = seen->principals.find(who.name());
  const bool known = found != seen->principals.end() && found->second.has_password();
  if (!password_fits(old, known ? found->second.password() : nobodys_) || !known) return refused();
  std::lock_guard lock{throttle_mutex_};
  throttle_.succeeded(who.name(), who.from(), options_.clock());
  return found->second.password().hash();
}

result<void> registry::change_password(const caller& who, const std::string& old_password,
                                       const std::string& new_password) {
  if (who.by() != proof::session && who.by() != proof::certificate)
    return fail(ec::forbidden, "a password is changed by who signs in with it");
  const auto was = check_old_password(who, old_password);
  if (!was) return was.error();
  const auto digest = hashed(new_password, who.name());
  if (!digest) return digest.error();
  bool granted = false;
  auto done = change(who, "password changed", who.name(), [&](edit& e) -> result<void> {
    const auto current = e.now().principals.find(who.name());
    if (current == e.now().principals.end() || current->second.password().hash() != *was)
      return fail(ec::conflict, "the password has been changed meanwhile; sign in anew");
    auto next = current->second;
    *next.mutable_password() = *digest;
    e.put(next);
    granted = true;
    return {};
  });
  // After a failed commit the password may be new all the same.
  if (granted) sessions_.close_all(who.name(), who.credential());
  return done;
}

}  // namespace postroom::access

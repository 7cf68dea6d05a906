#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "access/caller.hpp"
#include "access/password.hpp"
#include "access/sessions.hpp"
#include "access/state.hpp"
#include "access/throttle.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

namespace postroom::access {

struct registry_options {
  clock_fn clock = system_now;
  random_fn random = system_random;
  scrypt_cost cost;
  int computations = 2;  ///< of scrypt at once; more are refused as overloaded
};

/// A one-time token; shown once, kept as a digest.
struct setup_token {
  std::string secret;
  time_point expires_at;
};
struct created_token {
  std::string secret;
  AccessToken token;
};
/// Absent: stays as it is.
struct principal_change {
  std::string name;
  std::optional<std::string> display_name;
  std::optional<bool> disabled;
  std::optional<std::vector<std::string>> roles;
  std::optional<std::string> certificate_subject;
};
struct token_wish {
  std::string name;
  grants scopes;
  uint32_t days = 0;      ///< 0: 90
  std::string principal;  ///< blank: the caller
};

/// Principals, roles, tokens and sessions, in the unit "access". Every change is one commit with
/// its audit entry. Thread-safe; blocks on the disk and, where a password is involved, on scrypt.
/// Nobody can hand on a right they do not hold, and the last administrator stays. Errors of all
/// changes: config_invalid, not_found, already_exists, conflict, forbidden, overloaded, those of
/// the store.
class registry {
 public:
  /// Claims the unit. Errors: those of the store, corrupt_record.
  static result<std::unique_ptr<registry>> open(storage::engine& engine, registry_options o = {});

  /// The audit tells, of refusals at most once a minute and principal, with their number.
  /// Errors: unauthenticated (one text, whatever is wrong), overloaded (too many at once, or too
  /// many failures before; says how long to wait).
  result<sessions::opened> sign_in(const std::string& name, const std::string& password,
                                   const std::string& peer);
  /// Whose session or API token it is. Does not wait for the disk. Errors: unauthenticated.
  result<caller> by_bearer(const std::string& secret, const std::string& peer);
  /// To whom this verified certificate is bound. Errors: unauthenticated.
  result<caller> by_certificate(const std::string& subject, const std::string& peer) const;
  /// Keeps when a token was used last, to the hour; nothing for who came otherwise.
  void note_use(const caller& who);
  /// Ends the session the caller came with; the audit tells.
  void sign_out(const caller& who);
  /// Ends the caller's other sessions. Errors: also unauthenticated (the old one is wrong).
  result<void> change_password(const caller& who, const std::string& old_password,
                               const std::string& new_password);

  /// Valid for an hour, once, in place of any before. Errors: conflict (there are principals).
  result<setup_token> renew_setup();
  /// Whether this set-up token would still be taken.
  [[nodiscard]] bool takes_setup(const std::string& token) const;
  /// Makes the first principal with a role of all rights. Errors: also unauthenticated.
  result<void> set_up(const std::string& token, const std::string& name,
                      const std::string& password, const std::string& peer = {});

  /// What there is now.
  [[nodiscard]] std::shared_ptr<const state> now() const;

  /// A blank password: none.
  result<AccessPrincipal> add_principal(const author& who, AccessPrincipal wanted,
                                        const std::string& password);
  result<AccessPrincipal> update_principal(const author& who, const principal_change& wanted);
  result<void> remove_principal(const author& who, const std::string& name);
  result<void> set_password(const author& who, const std::string& name,
                            const std::string& password);

  result<void> put_role(const author& who, const AccessRole& wanted);
  result<void> remove_role(const author& who, const std::string& name);

  /// For oneself, signed in by password or certificate; the operator of the machine, for anybody.
  result<created_token> create_token(const author& who, const token_wish& wanted);
  /// One's own; those of others with SECURITY_SETUP everywhere.
  result<void> revoke_token(const author& who, const std::string& id);

 private:
  /// One of the few places for a scrypt computation.
  class slot;
  using editing = std::function<result<void>(edit&)>;

  registry(std::shared_ptr<storage::unit_store> store, epoch owner, state first,
           registry_options o);
  /// Edits, checks that an administrator is left, commits with an audit entry, publishes.
  result<void> change(const author& who, const std::string& what, const std::string& detail,
                      const editing& how);
  /// Without `told`, the audit says nothing of it.
  result<void> commit(state next, storage::write_batch batch,
                      std::optional<record::v1::AuditEntry> told = {});
  result<record::v1::AccessPassword> hashed(const std::string& password, const std::string& name);
  error refused_sign_in(const std::string& name, const std::string& peer, error why);
  void count_refusal(const std::string& name);
  void commit_nothing();
  void note_sign_in(const author& who, const std::string& what, const std::string& detail);
  result<void> take_attempt(const std::string& name, const std::string& peer);
  result<std::string> check_old_password(const caller& who, const std::string& old);
  result<sessions::opened> open_session(const AccessPrincipal& seen);
  [[nodiscard]] result<caller> caller_of(const state& s, const std::string& principal,
                                         const std::string& peer, proof by,
                                         const std::string& credential) const;

  std::shared_ptr<storage::unit_store> store_;
  epoch owner_;
  registry_options options_;
  record::v1::AccessPassword nobodys_;  ///< compared with for unknown names: the same work
  std::atomic<int> free_slots_;

  std::mutex change_mutex_;         ///< held while a change is made and committed
  mutable std::mutex state_mutex_;  ///< held for moments
  std::shared_ptr<const state> state_;
  std::string setup_digest_;
  time_point setup_until_;

  sessions sessions_;
  std::mutex throttle_mutex_;
  sign_in_throttle throttle_;
  refusal_notes refusals_;  ///< by principal; blank: all other names
  tried_names tried_;
};

/// What the audit says of something that somebody did.
record::v1::AuditEntry audit_of(time_point at, const author& who, const std::string& what,
                                const std::string& detail);

/// Errors: forbidden, which names a right that is wanted and not held.
result<void> check_may_grant(const caller& who, const rights_map& wanted, const std::string& what);

}  // namespace postroom::access

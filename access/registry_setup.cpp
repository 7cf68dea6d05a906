#include <openssl/crypto.h>

#include "access/registry.hpp"

namespace postroom::access {
namespace {

constexpr duration setup_valid{3'600'000};
constexpr const char* first_role = "administrator";

error inhabited() {
  return fail(ec::conflict,
              "there are principals already; `postroom access principals set-password` helps who "
              "has lost a password");
}

}  // namespace

result<setup_token> registry::renew_setup() {
  if (!now()->principals.empty()) return inhabited();
  setup_token out{make_secret("prx_", options_.random), options_.clock() + setup_valid};
  std::lock_guard lock{state_mutex_};
  setup_digest_ = digest_of(out.secret);
  setup_until_ = out.expires_at;
  return out;
}

bool registry::takes_setup(const std::string& token) const {
  const auto given = digest_of(token);
  std::lock_guard lock{state_mutex_};
  return given.size() == setup_digest_.size() && options_.clock() < setup_until_ &&
         CRYPTO_memcmp(given.data(), setup_digest_.data(), given.size()) == 0;
}

result<void> registry::set_up(const std::string& token, const std::string& name,
                              const std::string& password, const std::string& peer) {
  const auto spent =
      fail(ec::unauthenticated,
           "the set-up token is wrong, used or expired; `postroom access setup-token` makes one");
  if (!takes_setup(token)) return spent;
  if (auto r = check_name("name", name); !r) return r;
  auto digest = hashed(password, name);
  if (!digest) return digest.error();
  auto done = change(caller{name, peer, {}}, "node set up", name, [&](edit& e) -> result<void> {
    if (!takes_setup(token)) return spent;
    if (!e.now().principals.empty()) return inhabited();
    AccessRole role;
    role.set_name(first_role);
    *role.mutable_grants() = grants_of(all_rights());
    e.put(role);
    AccessPrincipal first;
    first.set_name(name);
    *first.mutable_password() = *digest;
    first.add_roles(first_role);
    first.set_created_at(to_millis(options_.clock()));
    e.put(first);
    return {};
  });
  if (!done) return done;
  std::lock_guard lock{state_mutex_};
  setup_digest_.clear();
  return {};
}

}  // namespace postroom::access

#include "app/admin_secrets.hpp"

#include "app/admin_words.hpp"
#include "app/words.hpp"
#include "base/digest.hpp"
#include "partitions/secret_reference.hpp"
#include "partitions/validate.hpp"
#include "secrets/vault.hpp"

namespace postroom::app {
namespace {

using names = std::vector<std::string>;

template <class Request>
secrets::change change_of(const Request& request, const std::string& from) {
  return {request.who(), from, request.reason(), system_now()};
}

/// Those that name the secret now; none when the partition is not configured.
names users_of(const config::v1::Settings& settings, const secrets::place& where) {
  for (const auto& p : settings.partitions())
    if (p.id() == where.partition) return partitions::users_of_secret(p, where.name);
  return {};
}

admin::v1::SecretInfo to_admin(const secrets::secret_info& info, const names& users,
                               const std::string& newest) {
  admin::v1::SecretInfo out;
  out.set_name(info.name);
  out.set_changed_at(info.changed_at);
  out.set_changed_by(info.changed_by);
  *out.mutable_used_by() = {users.begin(), users.end()};
  out.set_key_id(to_hex(info.key_id));
  out.set_key_known(info.key_known);
  out.set_key_newest(info.key_known && info.key_id == newest);
  return out;
}

/// A secret may be there before its partition is; but only under an id that one can have.
result<void> check_partition_id(const std::string& id) {
  if (partitions::is_partition_id(id)) return {};
  return fail(ec::config_invalid,
              "partition: is no id of one; use 1 to 12 of A-Z, 0-9 and -, such as IT");
}

}  // namespace

result<admin::v1::ListSecretsResponse> list_secrets(const admin_backend& backend,
                                                    const admin::v1::ListSecretsRequest& request) {
  if (request.partition().empty())
    return fail(ec::config_invalid, "partition: is blank; name one, such as IT");
  const auto settings = backend.settings_now();
  if (!settings) return settings.error();
  const auto newest = backend.vault()->newest_key();
  admin::v1::ListSecretsResponse out;
  for (const auto& info : backend.vault()->list(request.partition()))
    *out.add_secrets() =
        to_admin(info, users_of(*settings, {request.partition(), info.name}), newest);
  out.set_newest_key_id(to_hex(newest));
  out.set_has_key(!newest.empty());
  return out;
}

result<admin::v1::PutSecretResponse> put_secret(const admin_backend& backend,
                                                admin::v1::PutSecretRequest request,
                                                const std::string& from) {
  const secrets::wiped at_the_end{*request.mutable_value()};
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_partition_id(request.partition()); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  const auto settings = backend.settings_now();
  if (!settings) return settings.error();
  const secrets::place where{request.partition(), request.name()};
  const auto by = change_of(request, from);
  const auto replaced = backend.vault()->put(where, request.value(), by);
  if (!replaced) return replaced.error();
  backend.secret_changed(partition_id{where.partition});
  const auto newest = backend.vault()->newest_key();
  admin::v1::PutSecretResponse out;
  out.set_replaced(*replaced);
  *out.mutable_secret() = to_admin({where.name, to_millis(by.at), by.who, newest, true},
                                   users_of(*settings, where), newest);
  return out;
}

result<admin::v1::RemoveSecretResponse> remove_secret(const admin_backend& backend,
                                                      admin::v1::RemoveSecretRequest request,
                                                      const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  const secrets::place where{request.partition(), request.name()};
  // Until it is gone, no new configuration may name it.
  const auto held = backend.vault()->hold_names();
  const auto settings = backend.settings_now();
  if (!settings) return settings.error();
  if (const auto users = users_of(*settings, where); !users.empty())
    return fail(ec::conflict, "secret " + secrets::render(where) + " is used by " + joined(users) +
                                  "; let them name another one first");
  if (auto done = backend.vault()->remove(where, change_of(request, from)); !done)
    return done.error();
  return admin::v1::RemoveSecretResponse{};
}

result<admin::v1::RotateSecretsResponse> rotate_secrets(const admin_backend& backend,
                                                        admin::v1::RotateSecretsRequest request,
                                                        const std::string& from) {
  if (auto ok = check_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  const auto done = backend.vault()->rotate(change_of(request, from));
  if (!done) return done.error();
  admin::v1::RotateSecretsResponse out;
  out.set_rewrapped(done->rewrapped);
  out.set_untouched(done->untouched);
  *out.mutable_failed() = {done->failed.begin(), done->failed.end()};
  out.set_key_id(to_hex(backend.vault()->newest_key()));
  return out;
}

void hide_keys(admin::v1::ListSecretsResponse& answer) {
  answer.clear_newest_key_id();
  for (auto& secret : *answer.mutable_secrets()) secret.clear_key_id();
}

void hide_keys(admin::v1::PutSecretResponse& answer) {
  answer.mutable_secret()->clear_key_id();
}

}  // namespace postroom::app

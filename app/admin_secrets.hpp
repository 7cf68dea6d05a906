#pragma once

#include "app/admin_register.hpp"
#include "postroom/admin/v1/secrets.pb.h"

/// Stored secrets: put, used, never read back. Errors: config_invalid names the field, the problem
/// and the remedy, never a value; conflict names who uses a secret; those of the store.
namespace postroom::app {

result<admin::v1::ListSecretsResponse> list_secrets(const admin_backend& backend,
                                                    const admin::v1::ListSecretsRequest& request);

/// Which key is whose is for those who set up the whole node.
void hide_keys(admin::v1::ListSecretsResponse& answer);
void hide_keys(admin::v1::PutSecretResponse& answer);

/// Servers that use it start anew at once. `from` is the caller's address, for the audit.
result<admin::v1::PutSecretResponse> put_secret(const admin_backend& backend,
                                                admin::v1::PutSecretRequest request,
                                                const std::string& from);

result<admin::v1::RemoveSecretResponse> remove_secret(const admin_backend& backend,
                                                      admin::v1::RemoveSecretRequest request,
                                                      const std::string& from);

result<admin::v1::RotateSecretsResponse> rotate_secrets(const admin_backend& backend,
                                                        admin::v1::RotateSecretsRequest request,
                                                        const std::string& from);

}  // namespace postroom::app

#pragma once

#include "app/admin_register.hpp"
#include "postroom/admin/v1/oauth.pb.h"

/// OAuth clients: how they stand, and their authorisation by a person. Errors: config_invalid names
/// the field, the problem and the remedy, never a token; not_found; conflict; those of the identity
/// provider and of the store.
namespace postroom::app {

result<admin::v1::ListOAuthResponse> list_oauth(const admin_backend& backend,
                                                const admin::v1::ListOAuthRequest& request);
/// These block until the provider answered, at most about a minute; one at a time for each
/// partition, and few in all. Errors: overloaded too. `from` is the caller's address.
result<admin::v1::BeginOAuthResponse> begin_oauth(const admin_backend& backend,
                                                  admin::v1::BeginOAuthRequest request,
                                                  const std::string& from);
result<admin::v1::FinishOAuthResponse> finish_oauth(const admin_backend& backend,
                                                    admin::v1::FinishOAuthRequest request,
                                                    const std::string& from);
result<admin::v1::ForgetOAuthResponse> forget_oauth(const admin_backend& backend,
                                                    admin::v1::ForgetOAuthRequest request,
                                                    const std::string& from);

/// Where the browser comes back to: /oauth/callback over HTTPS. A plain page says what became of
/// it.
void register_oauth_callback(api::connect_server& server, const admin_backend& backend);

}  // namespace postroom::app

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "partitions/validate.hpp"
#include "postroom/config/v1/config.pb.h"

/// How servers name their secrets. A secret belongs to a partition; nobody can name another's.
namespace postroom::partitions {

/// NAME of "secret:NAME": 1 to 64 of A-Z a-z 0-9 . _ -; nothing when the text is no such reference.
std::optional<std::string> secret_name(std::string_view reference);

/// Where the refresh token of an OAuth client is kept among the secrets: no name that a person can
/// give to one.
std::string oauth_token_name(std::string_view client);
/// The secrets an OAuth client names: client_secret and certificate_key, blank ones too.
std::vector<std::string> references_of(const config::v1::OAuthClient& client);
/// Likewise a server: its password, and the one of its sign-in by POP3.
std::vector<std::string> references_of(const config::v1::IncomingServer& server);
std::vector<std::string> references_of(const config::v1::OutgoingServer& server);

/// Servers and OAuth clients that name stored secrets which are not there. `has` is asked with
/// partition and name.
std::vector<problem> missing_secrets(
    const config::v1::Settings& settings,
    const std::function<bool(const std::string&, const std::string&)>& has);

/// The servers of a partition that name this secret, active or not, in the order of the
/// configuration; then "OAuth client NAME" likewise.
std::vector<std::string> users_of_secret(const config::v1::Partition& partition,
                                         const std::string& name);
/// The servers that name this OAuth client, likewise.
std::vector<std::string> users_of_client(const config::v1::Partition& partition,
                                         const std::string& name);

}  // namespace postroom::partitions

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "app/secrets.hpp"
#include "base/bounded_pool.hpp"
#include "base/clock.hpp"
#include "channels/oauth.hpp"
#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/oauth.pb.h"
#include "secrets/vault.hpp"

namespace postroom::app {

/// What OAuth clients use of the node. Jobs of the pool outlive the table; `ended` once set, they
/// touch nothing of it any more.
struct oauth_site {
  executor& pool;
  secrets::vault& vault;
  std::function<bool(std::function<void()>)> post;  ///< to the event loop
  clock_fn clock;
  std::shared_mutex life;  ///< held shared by whoever uses the rest
  bool ended = false;
};

/// The settings of the channels' room, of a client without problems.
channels::oauth_settings oauth_settings_of(const config::v1::OAuthClient& client);
/// Whether a person authorises it.
bool is_person_grant(const config::v1::OAuthClient& client);
/// How long an unused refresh token is good.
duration refresh_token_lifetime(const config::v1::OAuthClient& client);

/// What is stored of a client's authorisation; nothing when there is none, or it is another
/// client's that had this name. Errors: config_invalid, corrupt_record. Does not block.
result<std::optional<record::v1::OAuthGrant>> read_grant(const secrets::vault& vault,
                                                         const partition_id& partition,
                                                         const config::v1::OAuthClient& client);

/// The certificate's text; a file of at most 64 KiB. Errors: config_invalid. Blocks on the disk.
result<std::string> read_certificate(const std::string& path);

/// The secrets of one client in the vault, which it reaches on the pool.
std::shared_ptr<channels::oauth_keeper> make_oauth_keeper(std::shared_ptr<oauth_site> site,
                                                          partition_id partition,
                                                          config::v1::OAuthClient client);

}  // namespace postroom::app

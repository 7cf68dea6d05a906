#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "channels/http.hpp"
#include "channels/tokens.hpp"

namespace postroom::channels {

class event_loop;

enum class oauth_grant { client_credentials, authorization_code, device_code };

/// One client as it is registered with an identity provider (RFC 6749). Holds no secret.
struct oauth_settings {
  oauth_grant grant = oauth_grant::client_credentials;
  std::string client_id;
  std::string token_url;  ///< all three: https, or http on loopback
  std::string authorization_url;
  std::string device_url;
  std::string callback_url;  ///< blank: http://localhost
  std::vector<std::string> scopes;
  std::string ca_file;          ///< PEM; empty: the system's authorities
  std::string owner;            ///< on whose behalf; see http_request
  bool secret_in_body = false;  ///< else by HTTP Basic, which every provider must take
  bool pss = false;             ///< assertions are signed by PS256, else by RS256
  /// OpenID Connect Core, 3.1.2.1. Others than Microsoft give a refresh token after a consent only;
  /// at Microsoft it would ask for one that an administrator has given already.
  std::string prompt = "consent";
  bool operator==(const oauth_settings&) const = default;
};

/// Where Microsoft's clouds answer: global, us_government, us_dod, china.
struct microsoft_cloud {
  std::string login;    ///< https://login.microsoftonline.com
  std::string graph;    ///< https://graph.microsoft.com
  std::string outlook;  ///< https://outlook.office365.com: IMAP, POP3, SMTP and EWS
};
/// By its name in the configuration; blank or unknown: global.
microsoft_cloud microsoft_cloud_of(const std::string& name);
/// Fills in URLs and, when there are none, scopes for mail by Graph. `tenant` is escaped.
void use_microsoft(oauth_settings& settings, const std::string& cloud, const std::string& tenant);

/// What a client proves itself with. Both blank: a public client.
struct oauth_proof {
  std::string secret;
  std::string certificate;  ///< PEM; with `key` instead of a secret
  std::string key;          ///< PEM
};

/// Who authorised a client, for the audit.
struct oauth_words {
  std::string who, from, reason;
};

/// Where one client's secrets are kept. Called on the event loop thread, must not block; `done`
/// runs once, on the event loop thread.
class oauth_keeper {
 public:
  virtual ~oauth_keeper() = default;
  /// As it is now. Errors: config_invalid.
  virtual void proof(done_fn<oauth_proof> done) = 0;
  /// The refresh token. Errors: oauth_not_authorized, config_invalid.
  virtual void load(done_fn<std::string> done) = 0;
  /// On disk when `done` says so. `by`: it comes of a new authorisation.
  virtual void store(std::string refresh_token, std::optional<oauth_words> by,
                     done_fn<void> done) = 0;
  /// True: there was one.
  virtual void erase(oauth_words by, done_fn<bool> done) = 0;
};

/// What a client needs of the world; tests have one of their own. Loop thread, but for `post` and
/// `clock`.
struct oauth_world {
  std::function<bool(std::function<void()>)> post;  ///< any thread
  std::function<uint64_t(duration, std::function<void()>)> after;
  std::function<void(uint64_t timer)> cancel;
  std::function<http_client::id(http_request, http_client::done_fn)> ask;
  std::function<void(http_client::id)> give_up;
  std::function<uint64_t(std::function<void()>)> on_stop;  ///< once, when the loop ends
  std::function<void(uint64_t)> forget_stop;
  clock_fn clock = system_now;
  random_fn random = system_random;
};
/// The loop's, which must outlive all that use it but not the world itself. Any thread.
oauth_world make_oauth_world(event_loop& loop);

/// How a client stands.
struct oauth_state {
  time_point token_until{};      ///< end of the access token; 0: there is none
  std::optional<error> trouble;  ///< the last request failed so
  uint64_t requests = 0;         ///< to the token endpoint so far
};

/// Where a person types a code (RFC 8628, 3.2).
struct device_prompt {
  std::string user_code;
  std::string url;
  time_point until{};
};

/// Gets the tokens of one client: one request for all that wait, renewed ahead of its end while
/// others still use the old one, and after a failure not before its time. A new refresh token is
/// stored before anything of the answer is used. Any thread; ends run once, on the loop thread,
/// with ec::cancelled when the loop stops.
class oauth_client : public token_source {
 public:
  /// Errors in short: ec::oauth_…, throttled, server_busy, those of connections and of the keeper.
  static std::shared_ptr<oauth_client> make(oauth_world world, oauth_settings settings,
                                            std::shared_ptr<oauth_keeper> keeper);

  [[nodiscard]] virtual oauth_state state() const = 0;
  [[nodiscard]] virtual const oauth_settings& settings() const = 0;
  /// Takes the place of another one: asks for nothing before that one's request has ended, and lets
  /// it begin no other. So one refresh token is never sent twice.
  virtual void follow(std::shared_ptr<oauth_client> before) = 0;
  /// Asks for nothing more, gives up a device and stores no authorisation any more; `done` when a
  /// renewal under way has ended and its answer is stored.
  virtual void retire(done_fn<void> done) = 0;
  /// A secret changed: the next `get` asks at once, whatever failed before.
  virtual void try_anew() = 0;
  /// Asks for a token although nobody waits for one, so that the refresh token stays good.
  virtual void renew() = 0;

  /// Takes the code a browser came back with (RFC 6749, 4.1.3).
  virtual void redeem(std::string code, std::string verifier, oauth_words by,
                      done_fn<void> done) = 0;
  /// Asks for a code to type; `done` comes after `prompt` gave one: it is authorised, or failed,
  /// or `cancel_device` was called. One at a time: a second one ends the first.
  virtual void authorise_device(oauth_words by, done_fn<device_prompt> prompt,
                                done_fn<void> done) = 0;
  virtual void cancel_device() = 0;
  /// Forgets both tokens. True: a refresh token was stored.
  virtual void forget(oauth_words by, done_fn<bool> done) = 0;
};

}  // namespace postroom::channels

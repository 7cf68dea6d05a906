#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postroom {

/// What went wrong, for programs. The number is stored in records: append only, never renumber.
enum class ec : uint8_t {
  none = 0,
  // transient: the same call may succeed later
  unreachable,      ///< no TCP connection (refused, no route, reset while connecting)
  dns_failed,       ///< the host name did not resolve
  timeout,          ///< no answer within the deadline
  connection_lost,  ///< an established connection broke or said BYE
  throttled,        ///< the server asked us to slow down
  server_busy,      ///< a temporary refusal (SMTP 4xx, IMAP UNAVAILABLE)
  overloaded,       ///< one of our own bounded queues is full
  store_io,         ///< the disk refused a read or write
  no_space,         ///< the disk is full
  cancelled,        ///< stopped on purpose before it was done
  // permanent: needs a person
  auth_refused,       ///< sign-in refused
  tls_failed,         ///< certificate or handshake not acceptable
  mailbox_missing,    ///< the mailbox or folder does not exist
  unsupported,        ///< the peer or this version cannot do it
  config_invalid,     ///< a setting is wrong; the detail names it
  not_found,          ///< no such record
  already_exists,     ///< a record with this key exists
  stale_epoch,        ///< another owner has claimed the unit since
  recipient_refused,  ///< the server refuses this recipient for good (SMTP 5xx)
  corrupt_record,     ///< a stored record does not parse or fails its checksum
  // poison: this one mail is the problem
  mail_unparsable,      ///< no header and body can be made out
  mail_too_large,       ///< over the size limit of the mailbox
  mail_kills_handler,   ///< its handler died on it twice
  mail_without_sender,  ///< neither From nor Sender holds an address
  // the peer or we are wrong
  protocol_violation,  ///< the server broke its protocol
  internal,            ///< a bug of ours
  // permanent as well; here because numbers are only appended
  conflict,         ///< the record is not in a state that allows this now
  outdated,         ///< made for a version that is not the current one any more
  unauthenticated,  ///< the caller did not prove who they are
  forbidden,        ///< the caller is known and lacks the right
  // OAuth 2.0; permanent
  oauth_not_authorized,   ///< nobody has signed in for this client yet
  oauth_consent_missing,  ///< the client lacks a permission that somebody must grant
  oauth_secret_expired,   ///< the client's secret or certificate is wrong or expired
  oauth_tenant_wrong,     ///< the provider knows no such tenant or client
  oauth_token_revoked,    ///< the refresh token is not valid any more
  // transient
  position_lost,  ///< the server does not know any more where a listing stood
};
inline constexpr std::size_t ec_count = 37;

/// What to do about it; the supervisor's and the sender's policies are made of this.
enum class error_class : uint8_t { transient, permanent, poison, bug };

struct ec_info {
  ec code;
  std::string_view name;
  error_class kind;
  std::string_view remedy;  ///< one sentence for the person who runs the server
};

/// The row of the one error table. Total: an unknown number gives the row of `internal`.
const ec_info& describe(ec code) noexcept;
inline std::string_view to_string(ec code) noexcept {
  return describe(code).name;
}
inline error_class class_of(ec code) noexcept {
  return describe(code).kind;
}

}  // namespace postroom

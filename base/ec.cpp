#include "base/ec.hpp"

#include <array>

#include "base/result.hpp"

namespace postroom {
namespace {

using enum error_class;
constexpr std::array table{
    ec_info{ec::none, "none", transient, ""},
    ec_info{ec::unreachable, "unreachable", transient,
            "check host, port and firewall; Postroom tries again by itself"},
    ec_info{ec::dns_failed, "dns_failed", transient, "check the host name and this machine's DNS"},
    ec_info{ec::timeout, "timeout", transient, "the server is slow or hangs; Postroom tries again"},
    ec_info{ec::connection_lost, "connection_lost", transient, "Postroom reconnects by itself"},
    ec_info{ec::throttled, "throttled", transient,
            "the server limits us; Postroom waits and goes on"},
    ec_info{ec::server_busy, "server_busy", transient, "Postroom tries again by itself"},
    ec_info{ec::overloaded, "overloaded", transient, "wait, or give the machine more capacity"},
    ec_info{ec::store_io, "store_io", transient, "check the disk under the data directory"},
    ec_info{ec::no_space, "no_space", transient, "free space on the disk of the data directory"},
    ec_info{ec::cancelled, "cancelled", transient, "stopped on purpose; nothing to do"},
    ec_info{ec::auth_refused, "auth_refused", permanent,
            "check login, password and the allowed authentication methods"},
    ec_info{ec::tls_failed, "tls_failed", permanent,
            "check the server's certificate, its host name and the ca_file setting"},
    ec_info{ec::mailbox_missing, "mailbox_missing", permanent,
            "create the mailbox or correct its name"},
    ec_info{ec::unsupported, "unsupported", permanent, "use a server or setting that supports it"},
    ec_info{ec::config_invalid, "config_invalid", permanent, "correct the named setting"},
    ec_info{ec::not_found, "not_found", permanent, "check the name; list what exists"},
    ec_info{ec::already_exists, "already_exists", permanent, "choose another name"},
    ec_info{ec::stale_epoch, "stale_epoch", permanent, "another node owns this unit now"},
    ec_info{ec::recipient_refused, "recipient_refused", permanent,
            "correct the recipient's address, or `from` when MAIL FROM was refused"},
    ec_info{ec::corrupt_record, "corrupt_record", permanent, "restore the unit from its backup"},
    ec_info{ec::mail_unparsable, "mail_unparsable", poison,
            "look at the raw mail in the quarantine"},
    ec_info{ec::mail_too_large, "mail_too_large", poison,
            "raise max_mail_size of the server or handle the mail by hand"},
    ec_info{ec::mail_kills_handler, "mail_kills_handler", poison,
            "look at the raw mail in the quarantine and report it"},
    ec_info{ec::mail_without_sender, "mail_without_sender", poison,
            "look at the raw mail in the quarantine"},
    ec_info{ec::protocol_violation, "protocol_violation", transient,
            "the server broke its protocol; Postroom reconnects"},
    ec_info{ec::internal, "internal", bug, "report this with the log lines around it"},
    ec_info{ec::conflict, "conflict", permanent,
            "look at the record as it is now, then decide anew"},
    ec_info{ec::outdated, "outdated", permanent,
            "look at what has changed, and do it again for the current version"},
    ec_info{ec::unauthenticated, "unauthenticated", permanent,
            "sign in anew, or use a token that is valid"},
    ec_info{ec::forbidden, "forbidden", permanent,
            "ask whoever manages the rights, or another person to do it"},
    ec_info{ec::oauth_not_authorized, "oauth_not_authorized", permanent,
            "authorise it: postroom oauth authorize PARTITION/NAME"},
    ec_info{ec::oauth_consent_missing, "oauth_consent_missing", permanent,
            "have an administrator of the identity provider grant the named permission"},
    ec_info{ec::oauth_secret_expired, "oauth_secret_expired", permanent,
            "make a new client secret or certificate at the identity provider and store it"},
    ec_info{ec::oauth_tenant_wrong, "oauth_tenant_wrong", permanent,
            "correct tenant, client_id or token_url of the OAuth client"},
    ec_info{ec::oauth_token_revoked, "oauth_token_revoked", permanent,
            "authorise it anew: postroom oauth authorize PARTITION/NAME"},
    ec_info{ec::position_lost, "position_lost", transient,
            "nothing to do; Postroom compares the mailbox with its ledger"},
};
static_assert(table.size() == ec_count);

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "the table is indexed by code");

}  // namespace

const ec_info& describe(ec code) noexcept {
  auto index = static_cast<std::size_t>(code);
  return table[index < table.size() ? index : static_cast<std::size_t>(ec::internal)];
}

std::string error::text() const {
  std::string out{to_string(code)};
  if (!detail.empty()) out.append(": ").append(detail);
  return out;
}

}  // namespace postroom

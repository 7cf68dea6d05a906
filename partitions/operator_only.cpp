#include "partitions/operator_only.hpp"

#include <algorithm>

#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"
#include "partitions/secret_reference.hpp"

namespace postroom::partitions {

namespace {

constexpr const char* needed = "needs the right SYSTEM_SETUP for all partitions";

bool is_of_machine(const std::string& reference) {
  return !reference.empty() && !secret_name(reference);
}

/// The secret stays; with another of these it would be sent elsewhere, or in the clear, or would
/// open another mailbox, or do there what its owner has not allowed.
template <class Server>
void check_use(findings& f, const std::string& path, const Server& was, const Server& is) {
  const auto kept = [&](const char* field, bool same) {
    if (same) return;
    f.add(
        path + "." + field,
        "cannot change while the password is a secret of the machine, which " + std::string{needed},
        "let the password name a secret of the partition, secret:NAME, or ask someone who has "
        "the right");
  };
  kept("protocol", was.protocol() == is.protocol());
  kept("url", was.url() == is.url());
  kept("user", was.user() == is.user());
  kept("host", was.host() == is.host());
  kept("port", was.port() == is.port());
  kept("security", was.security() == is.security());
  kept("allow_cleartext", was.allow_cleartext() == is.allow_cleartext());
  kept("login", was.login() == is.login());
  kept("auth_methods", std::ranges::equal(was.auth_methods(), is.auth_methods()));
  if constexpr (requires { is.pop(); })
    kept("pop", was.pop().SerializeAsString() == is.pop().SerializeAsString());
  if constexpr (requires { is.mailbox(); }) {
    kept("impersonate", was.impersonate() == is.impersonate());
    kept("mailbox", was.mailbox() == is.mailbox());
    kept("after_commit", was.after_commit() == is.after_commit());
    kept("move_to", was.move_to() == is.move_to());
  }
  // Graph sends from the mailbox that `user` names, else from that of the address.
  if constexpr (requires { is.from(); })
    kept("from", is.protocol() != "GRAPH" || !is.user().empty() || was.from() == is.from());
}

void check_pop(findings& f, const std::string& path, const config::v1::OutgoingServer& was,
               const config::v1::OutgoingServer& is) {
  if (!is_of_machine(is.pop().password())) return;
  const bool same = was.pop().SerializeAsString() == is.pop().SerializeAsString() &&
                    was.host() == is.host() && was.allow_cleartext() == is.allow_cleartext();
  if (!same)
    f.add(path + ".pop", "names a secret of the machine, which " + std::string{needed},
          "store it with `postroom secrets put` and name it as secret:NAME");
}

using config::v1::OAuthClient;
using config::v1::Partition;

/// Whether a token that this server gets is bought with a secret of the machine.
bool is_of_machine(const Partition& p, const std::string& client) {
  const int i = client.empty() ? -1 : place_of(p.oauth_clients(), client);
  if (i < 0) return false;
  const auto& c = p.oauth_clients(i);
  return is_of_machine(c.client_secret()) || is_of_machine(c.certificate_key());
}

/// The same for where access tokens are sent, and whose mailbox they open.
template <class Server>
void check_token_use(findings& f, const std::string& path, const Partition& p, const Server& was,
                     const Server& is) {
  if (!is_of_machine(p, is.oauth())) return;
  if (is.oauth() != was.oauth())
    return f.add(path + ".oauth",
                 "names a client with a secret of the machine, which " + std::string{needed},
                 "name a client whose secret is the partition's, or ask someone who has the right");
  check_use(f, path, was, is);
}

/// The secrets and files of the machine that an OAuth client may not newly name, and where such a
/// secret may be sent.
void check_client(findings& f, const std::string& path, const OAuthClient& was,
                  const OAuthClient& is) {
  const auto refuse = [&](const char* field) {
    f.add(path + "." + field, "is of the machine: to change it " + std::string{needed},
          "leave it as it is, name a secret of the partition, secret:NAME, or ask someone who has "
          "the right");
  };
  const auto check = [&](const char* field, const std::string& a, const std::string& b) {
    if (a != b && is_of_machine(b)) refuse(field);
  };
  check("client_secret", was.client_secret(), is.client_secret());
  check("certificate_key", was.certificate_key(), is.certificate_key());
  if (was.certificate_file() != is.certificate_file()) refuse("certificate_file");
  if (was.ca_file() != is.ca_file()) refuse("ca_file");
  const bool kept = is_of_machine(is.client_secret()) || is_of_machine(is.certificate_key());
  if (!kept) return;
  if (was.token_url() != is.token_url()) refuse("token_url");
  if (was.provider() != is.provider()) refuse("provider");
  if (was.client_id() != is.client_id()) refuse("client_id");
  if (was.tenant() != is.tenant()) refuse("tenant");
  if (was.cloud() != is.cloud()) refuse("cloud");
  if (was.grant() != is.grant()) refuse("grant");
  if (!std::ranges::equal(was.scopes(), is.scopes())) refuse("scopes");
  if (was.authorization_url() != is.authorization_url()) refuse("authorization_url");
  if (was.device_url() != is.device_url()) refuse("device_url");
  if (was.callback_url() != is.callback_url()) refuse("callback_url");
}

template <class Server>
void check_server(findings& f, const std::string& path, const Server& was, const Server& is) {
  if (is_of_machine(is.password()) && is.password() != was.password())
    f.add(path + ".password",
          "names no secret of the partition; one of the machine " + std::string{needed},
          "store it with `postroom secrets put`, name it as secret:NAME, or leave it blank");
  else if (is_of_machine(is.password()))
    check_use(f, path, was, is);
  if constexpr (requires { is.pop(); }) check_pop(f, path, was, is);
  if (is.ca_file() != was.ca_file())
    f.add(path + ".ca_file", "is a file of the machine: to change it " + std::string{needed},
          "leave it as it is, or ask someone who has the right");
}

/// `before`: none when the partition is new.
template <class Servers>
void check_servers(findings& f, const char* kind, const Servers* before, const Servers& after) {
  const typename Servers::value_type none;
  for (int i = 0; i < after.size(); ++i) {
    const int was = before ? place_of(*before, after[i].name()) : -1;
    check_server(f, indexed(kind, i), was < 0 ? none : (*before)[was], after[i]);
  }
}

void check_clients(findings& f, const Partition* before, const Partition& p) {
  const OAuthClient none;
  for (int i = 0; i < p.oauth_clients_size(); ++i) {
    const auto& is = p.oauth_clients(i);
    const int was = before ? place_of(before->oauth_clients(), is.name()) : -1;
    check_client(f, indexed("oauth_clients", i), was < 0 ? none : before->oauth_clients(was), is);
  }
  const auto check_tokens = [&](const char* kind, const auto& all, const auto* old) {
    const typename std::decay_t<decltype(all)>::value_type no_server;
    for (int i = 0; i < all.size(); ++i) {
      const int was = old ? place_of(*old, all[i].name()) : -1;
      check_token_use(f, indexed(kind, i), p, was < 0 ? no_server : (*old)[was], all[i]);
    }
  };
  check_tokens("incoming", p.incoming(), before ? &before->incoming() : nullptr);
  check_tokens("outgoing", p.outgoing(), before ? &before->outgoing() : nullptr);
}

/// A connection to any path or host, and whether something listens there, would be theirs to try;
/// and whether mails are scanned is the operator's choice.
void check_scanner(findings& f, const config::v1::Scanning& was, const config::v1::Scanning& is) {
  if (was.clamd() != is.clamd())
    f.add("scanning.clamd", "is a scanner of the machine: to change it " + std::string{needed},
          "leave it as it is, or ask someone who has the right");
}

}  // namespace

std::vector<problem> operator_only(const config::v1::Settings& before,
                                   const config::v1::Settings& after) {
  std::vector<problem> out;
  for (const auto& p : after.partitions()) {
    const auto* was = find_partition(before, p.id());
    findings f(p.id(), out);
    check_servers(f, "incoming", was ? &was->incoming() : nullptr, p.incoming());
    check_servers(f, "outgoing", was ? &was->outgoing() : nullptr, p.outgoing());
    check_clients(f, was, p);
    check_scanner(f, was ? was->scanning() : config::v1::Scanning{}, p.scanning());
  }
  return out;
}

}  // namespace postroom::partitions

#include <algorithm>
#include <map>

#include "base/web_url.hpp"
#include "partitions/checks.hpp"
#include "partitions/model.hpp"
#include "partitions/secret_reference.hpp"
#include "partitions/text.hpp"

/// OAuth clients, and the servers that name them.
namespace postroom::partitions {

namespace {

using config::v1::OAuthClient;

bool is_person_grant(const OAuthClient& c) {
  return same_word(c.grant(), "authorization_code") || same_word(c.grant(), "device_code");
}

bool is_other(const OAuthClient& c) {
  return same_word(c.provider(), "other");
}

void only_for(findings& f, const std::string& path, const std::string& value, const char* what) {
  if (!value.empty())
    f.add(path, std::string("is given, but counts only for ") + what, "remove it");
}

void check_url(findings& f, const std::string& path, const std::string& url) {
  if (!is_fit_for_secrets(url))
    f.add(path, show(url) + " is no https URL",
          "write it as the provider gives it, https://HOST/PATH");
}

void check_needed_url(findings& f, const std::string& path, const std::string& url, bool needed) {
  if (url.empty() && needed)
    f.add(path, "is missing", "write it as the provider's documents give it, https://HOST/PATH");
  if (!url.empty()) check_url(f, path, url);
}

/// A proxy may put more before the path; with http the address is pasted back, wherever it ends.
void check_callback(findings& f, const std::string& path, const std::string& url) {
  check_url(f, path, url);
  if (url.starts_with("https://") && !url.ends_with("/oauth/callback"))
    f.add(path, show(url) + " is not where this node takes the answer",
          "write https://HOST/oauth/callback and register the same with the provider, or leave it "
          "out to paste the address back");
}

void check_microsoft(findings& f, const std::string& path, const OAuthClient& c) {
  check_word(f, path + ".cloud", c.cloud(), {"global", "us_government", "us_dod", "china"});
  const auto good = [](char ch) {
    const char l = text::to_lower(ch);
    return (l >= 'a' && l <= 'z') || (ch >= '0' && ch <= '9') || ch == '.' || ch == '-';
  };
  const auto& tenant = c.tenant();
  const bool shared = tenant == "common" || tenant == "organizations" || tenant == "consumers";
  if (tenant.empty() || tenant.size() > 253 || !std::ranges::all_of(tenant, good))
    f.add(path + ".tenant",
          tenant.empty() ? "is missing" : show(tenant) + " is no directory of Microsoft's",
          "write the directory's id, or a domain of it such as contoso.onmicrosoft.com");
  else if (shared && !is_person_grant(c))
    f.add(path + ".tenant", show(tenant) + " is no single directory",
          "write the directory's id: an application signs in to one");
  for (const auto& [name, url] : {std::pair{"token_url", c.token_url()},
                                  std::pair{"authorization_url", c.authorization_url()},
                                  std::pair{"device_url", c.device_url()}})
    only_for(f, path + "." + name, url, "provider other");
}

void check_other(findings& f, const std::string& path, const OAuthClient& c) {
  only_for(f, path + ".cloud", c.cloud(), "provider microsoft");
  only_for(f, path + ".tenant", c.tenant(), "provider microsoft");
  check_needed_url(f, path + ".token_url", c.token_url(), true);
  check_needed_url(f, path + ".authorization_url", c.authorization_url(),
                   same_word(c.grant(), "authorization_code"));
  check_needed_url(f, path + ".device_url", c.device_url(), same_word(c.grant(), "device_code"));
}

void check_secret(findings& f, const std::string& path, const std::string& reference) {
  if (!reference.empty() && !is_secret_reference(reference))
    f.add(path, "is no reference to a secret",
          "store it with `postroom secrets put PARTITION/NAME` and write secret:NAME, or write "
          "env:NAME or file:PATH");
}

void check_proof(findings& f, const std::string& path, const OAuthClient& c) {
  const bool secret = !c.client_secret().empty();
  const bool certificate = !c.certificate_file().empty(), key = !c.certificate_key().empty();
  check_secret(f, path + ".client_secret", c.client_secret());
  check_secret(f, path + ".certificate_key", c.certificate_key());
  check_one_line(f, path + ".certificate_file", c.certificate_file());
  if (secret && (certificate || key))
    f.add(path + ".client_secret", "is given beside a certificate", "remove one of the two");
  if (certificate && !key)
    f.add(path + ".certificate_key", "is missing, although there is a certificate",
          "name its private key: secret:NAME, env:NAME or file:PATH");
  if (key && !certificate)
    f.add(path + ".certificate_file", "is missing, although there is a key of one",
          "name the PEM file of the certificate");
  if (!secret && !certificate && !key && !is_person_grant(c))
    f.add(path + ".client_secret", "is missing: an application must prove who it is",
          "write secret:NAME, env:NAME or file:PATH, or set certificate_file and certificate_key");
  if (const auto& day = c.secret_expires(); !day.empty()) {
    const auto parsed = parse_start_from(day);
    if (!parsed || parsed->kind != start_kind::date)
      f.add(path + ".secret_expires", show(day) + " is no day", "write a day such as 2027-05-31");
    else if (!secret)
      only_for(f, path + ".secret_expires", day, "a client_secret");
  }
}

void check_scopes(findings& f, const std::string& path, const OAuthClient& c) {
  bool offline = false;
  for (int i = 0; i < c.scopes_size(); ++i) {
    const auto& scope = c.scopes(i);
    offline = offline || scope == "offline_access";
    const auto at = indexed(path + ".scopes", i);
    const auto is_bad = [](char ch) {
      return static_cast<unsigned char>(ch) <= 0x20 || static_cast<unsigned char>(ch) >= 0x7f ||
             ch == '"' || ch == '\\';
    };
    if (scope.empty() || std::ranges::any_of(scope, is_bad))
      f.add(at, show(scope) + " is no scope", "write each one by itself, without blanks");
    else if (!is_other(c) && !is_person_grant(c) && !scope.ends_with("/.default"))
      f.add(at, "an application of Microsoft asks for RESOURCE/.default only",
            "write https://graph.microsoft.com/.default or https://outlook.office365.com/.default");
  }
  if (!is_other(c) && !is_person_grant(c) && c.scopes_size() > 1)
    f.add(path + ".scopes", "name more than one resource",
          "keep one, and make another client for the other");
  if (!is_other(c) && is_person_grant(c) && c.scopes_size() > 0 && !offline)
    f.add(path + ".scopes", "lack offline_access, without which Microsoft gives no refresh token",
          "add offline_access");
}

void check_client(findings& f, const std::string& path, const OAuthClient& c) {
  check_word(f, path + ".grant", c.grant(),
             {"client_credentials", "authorization_code", "device_code"});
  check_word(f, path + ".provider", c.provider(), {"microsoft", "other"});
  if (is_other(c))
    check_other(f, path, c);
  else
    check_microsoft(f, path, c);
  if (c.client_id().empty())
    f.add(path + ".client_id", "is missing", "write the id the provider gave the application");
  check_one_line(f, path + ".client_id", c.client_id());
  check_proof(f, path, c);
  check_scopes(f, path, c);
  if (!same_word(c.grant(), "authorization_code"))
    only_for(f, path + ".callback_url", c.callback_url(), "grant authorization_code");
  else if (!c.callback_url().empty())
    check_callback(f, path + ".callback_url", c.callback_url());
  check_one_line(f, path + ".ca_file", c.ca_file());
  if (!is_person_grant(c))
    only_for(f, path + ".refresh_token_lifetime", c.refresh_token_lifetime(), "grants by a person");
  check_duration(f, path + ".refresh_token_lifetime", c.refresh_token_lifetime(), "1h", "3650d");
}

bool is_token_method(const std::string& method) {
  return same_word(method, "XOAUTH2") || same_word(method, "OAUTHBEARER");
}

/// Of a protocol that signs in by SASL.
template <class Server>
void check_sasl_use(findings& f, const std::string& path, const Server& s) {
  // Of IMAP and POP3 it is always needed: check_endpoint.
  if (s.login().empty() && same_word(s.protocol(), "SMTP"))
    f.add(path + ".login", "is missing: the token opens a mailbox of this name",
          "give the address of the mailbox");
  for (int i = 0; i < s.auth_methods_size(); ++i)
    if (!is_token_method(s.auth_methods(i)))
      f.add(indexed(path + ".auth_methods", i),
            show(s.auth_methods(i)) + " takes no access token, which `oauth` gives",
            "use XOAUTH2 or OAUTHBEARER, or none for what the server offers");
}

/// A scope without a resource is one of Graph's: Mail.ReadWrite.
bool is_of_graph(const std::string& scope) {
  const auto good = [](char ch) {
    const char l = text::to_lower(ch);
    return (l >= 'a' && l <= 'z') || ch == '.';
  };
  const auto resource = origin_of(scope);
  return resource ? resource->host.find("graph") != std::string::npos
                  : std::ranges::all_of(scope, good);
}

/// Microsoft's tokens are for one resource: (some of the scopes are Graph's, some are another's).
std::pair<bool, bool> resources_of(const OAuthClient& c) {
  std::pair<bool, bool> out{c.scopes().empty(), false};
  for (const auto& scope : c.scopes()) {
    if (scope == "offline_access" || scope == "openid" || scope == "profile") continue;
    (is_of_graph(scope) ? out.first : out.second) = true;
  }
  return out;
}

/// Else the server would refuse the sign-in, and nothing would say why.
template <class Server>
void check_resource(findings& f, const std::string& path, const Server& s, const OAuthClient& c) {
  const bool graph = same_word(s.protocol(), "GRAPH");
  const auto [graphs, others] = resources_of(c);
  if (is_other(c) || (graph ? graphs : others)) return;
  if (graph)
    return f.add(path,
                 show(c.name()) +
                     " has scopes of another service, so its tokens are not for "
                     "Microsoft Graph",
                 "name a client without `scopes`, or with those of https://graph.microsoft.com");
  f.add(path,
        show(c.name()) +
            (c.scopes().empty() ? " has no scopes" : " has scopes of Microsoft Graph") +
            ", so its tokens are for Microsoft Graph only",
        "give it those of the protocol: https://outlook.office365.com/.default for an "
        "application; IMAP.AccessAsUser.All, POP.AccessAsUser.All, EWS.AccessAsUser.All or "
        "SMTP.Send there for a person, and offline_access");
}

template <class Server>
void check_use(findings& f, const std::string& path, const Server& s,
               const std::map<std::string, const OAuthClient*>& clients, const name_list& names) {
  const bool sasl = same_word(s.protocol(), "IMAP") || same_word(s.protocol(), "POP3") ||
                    same_word(s.protocol(), "SMTP");
  if (s.oauth().empty()) {
    for (int i = 0; i < s.auth_methods_size(); ++i)
      if (is_token_method(s.auth_methods(i)))
        f.add(indexed(path + ".auth_methods", i),
              s.auth_methods(i) + " needs an access token, and `oauth` is blank",
              "name one of oauth_clients in `oauth`");
    return;
  }
  check_reference(f, path + ".oauth", s.oauth(), names);
  if (!s.password().empty())
    f.add(path + ".password", "is given beside `oauth`, which signs in without one",
          "remove one of the two");
  if (sasl) check_sasl_use(f, path, s);
  if (const auto found = clients.find(s.oauth()); found != clients.end())
    check_resource(f, path + ".oauth", s, *found->second);
}

}  // namespace

void check_oauth(findings& f, const config::v1::Partition& p) {
  std::map<std::string, const OAuthClient*> clients;
  for (int i = 0; i < p.oauth_clients_size(); ++i) {
    const auto& c = p.oauth_clients(i);
    const auto path = indexed("oauth_clients", i);
    check_name(f, path + ".name", c.name());
    if (!clients.emplace(c.name(), &c).second && !c.name().empty())
      f.add(path + ".name", show(c.name()) + " is the name of another client too", "rename one");
    check_client(f, path, c);
  }
  const auto names = make_named_list("oauth_clients", p.oauth_clients());
  for (int i = 0; i < p.incoming_size(); ++i)
    check_use(f, indexed("incoming", i), p.incoming(i), clients, names);
  for (int i = 0; i < p.outgoing_size(); ++i)
    check_use(f, indexed("outgoing", i), p.outgoing(i), clients, names);
}

}  // namespace postroom::partitions

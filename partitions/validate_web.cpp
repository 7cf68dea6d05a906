// Servers that are reached over HTTPS (Microsoft Graph, EWS), and what no other protocol has.
#include <algorithm>
#include <array>

#include "base/web_url.hpp"
#include "partitions/checks.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

using config::v1::IncomingServer;
using config::v1::OutgoingServer;

/// Paths of Graph are appended to it, so there can be no query.
void check_url(findings& f, const std::string& path, const std::string& url) {
  if (url.empty()) return;
  const auto origin = origin_of(url);
  if (!origin || url.find_first_of("\"'<>^`{|}?") != url.npos) {
    f.add(path, show(url) + " is no address of a service",
          "write it as https://HOST/PATH, without a name, a password or a question mark");
  } else if (!is_fit_for_secrets(*origin)) {
    f.add(path, show(url) + " is not encrypted: the sign-in and all mails could be read on the way",
          "write it as https://");
  }
}

/// A field that means nothing to this protocol would be believed to do something.
void must_be_blank(findings& f, const std::string& path, bool blank, const std::string& protocol) {
  if (!blank) f.add(path, "is given, but means nothing with " + protocol, "remove it");
}

template <class Server>
void check_oauth_only(findings& f, const std::string& path, const Server& s) {
  if (s.oauth().empty())
    f.add(path + ".oauth", "is missing: Microsoft Graph signs in by OAuth 2.0 alone",
          "name one of the partition's oauth_clients");
  const std::string graph = "GRAPH";
  must_be_blank(f, path + ".host", s.host().empty(), graph);
  must_be_blank(f, path + ".port", s.port() == 0, graph);
  must_be_blank(f, path + ".security", s.security().empty(), graph);
  must_be_blank(f, path + ".login", s.login().empty(), graph);
  if (s.oauth().empty())  // else `oauth` says it
    must_be_blank(f, path + ".password", s.password().empty(), graph);
  must_be_blank(f, path + ".auth_methods", s.auth_methods_size() == 0, graph);
  must_be_blank(f, path + ".allow_cleartext", !s.allow_cleartext(), graph);
  check_url(f, path + ".url", s.url());
  check_duration(f, path + ".request_timeout", s.request_timeout(), "1s", "1h");
}

/// With the application's own permissions there is nobody whose mailbox `me` could be.
template <class Server>
void check_graph_user(findings& f, const std::string& path, const Server& s,
                      const config::v1::Partition& p, const std::string& otherwise) {
  if (!s.user().empty()) return check_address(f, path + ".user", s.user());
  if (!otherwise.empty()) return;
  for (const auto& client : p.oauth_clients())
    if (client.name() == s.oauth() &&
        (client.grant().empty() || same_word(client.grant(), "client_credentials")))
      f.add(path + ".user", "is missing: an application that signs in by itself has no mailbox",
            "give the address of the mailbox");
}

void check_requests(findings& f, const std::string& path, const IncomingServer& s) {
  if (s.max_requests() > 20)
    f.add(path + ".max_requests", std::to_string(s.max_requests()) + " is out of range",
          "use a value from 1 to 20, or leave it out for 4");
}

void check_end_of_ews(findings& f, const std::string& path, const IncomingServer& s) {
  const auto host = server_host(s);
  if (!is_exchange_online(host) || s.accept_end_of_ews()) return;
  f.add(
      path + (s.url().empty() ? ".host" : ".url"),
      show(host) +
          " is Exchange Online, which blocks EWS since October 2026 and ends it in April "
          "2027",
      "use `protocol: GRAPH` with one of oauth_clients and keep the server's name: its ledger goes "
      "on, so no mail is logged twice; or confirm with `accept_end_of_ews: true`");
}

void check_ews_sign_in(findings& f, const std::string& path, const IncomingServer& s) {
  if (!s.oauth().empty()) {
    must_be_blank(f, path + ".login", s.login().empty(), "oauth");
    must_be_blank(f, path + ".auth_methods", s.auth_methods_size() == 0, "oauth");
  } else {
    if (s.login().empty())
      f.add(path + ".login", "is missing", "give the name to sign in with, or `oauth`");
    check_secret(f, path, s, {"BASIC", "NTLM"});
  }
  if (s.impersonate() && s.user().empty())
    f.add(path + ".user", "is missing, although the server shall be read as somebody else",
          "give the address of the mailbox");
  if (!s.user().empty()) check_address(f, path + ".user", s.user());
}

void check_ews(findings& f, const std::string& path, const IncomingServer& s) {
  const std::string ews = "EWS";
  if (!s.host().empty() && !s.url().empty())
    f.add(path + ".host", "is given beside `url`", "remove one of the two");
  if (s.port() != 0 && s.host().empty())
    f.add(path + ".port", "is given without a host, so it means nothing",
          "write it into `url`, or give the server's name as `host`");
  if (s.host().empty() && s.url().empty() && !is_address(s.user()) && !is_address(s.login()))
    f.add(path + ".host", "is missing",
          "give the server's name, or `url`, or an address as `user` to find it by");
  if (!s.host().empty()) check_host(f, path + ".host", s.host());
  check_port(f, path + ".port", s.port());
  check_url(f, path + ".url", s.url());
  must_be_blank(f, path + ".security", s.security().empty() || same_word(s.security(), "TLS"), ews);
  must_be_blank(f, path + ".allow_cleartext", !s.allow_cleartext(), ews);
  must_be_blank(f, path + ".change_notifications", !s.change_notifications(), ews);
  check_ews_sign_in(f, path, s);
  check_requests(f, path, s);
  check_duration(f, path + ".request_timeout", s.request_timeout(), "1s", "1h");
  check_end_of_ews(f, path, s);
}

void check_graph(findings& f, const std::string& path, const IncomingServer& s,
                 const config::v1::Partition& p) {
  check_oauth_only(f, path, s);
  check_graph_user(f, path, s, p, {});
  check_requests(f, path, s);
  must_be_blank(f, path + ".impersonate", !s.impersonate(), "GRAPH");
  must_be_blank(f, path + ".streaming", !s.streaming(), "GRAPH");
  must_be_blank(f, path + ".accept_end_of_ews", !s.accept_end_of_ews(), "GRAPH");
}

void check_pop_sign_in(findings& f, const std::string& path, const OutgoingServer& s) {
  const auto& pop = s.pop();
  if (!pop.host().empty()) check_host(f, path + ".host", pop.host());
  check_port(f, path + ".port", pop.port());
  check_word(f, path + ".security", pop.security(), {"TLS", "STARTTLS", "NONE"});
  if (pop.login().empty())
    f.add(path + ".login", "is missing", "give the name to sign in with by POP3");
  if (same_word(pop.security(), "NONE") && !s.allow_cleartext() &&
      !is_loopback_host(pop.host().empty() ? s.host() : pop.host()))
    f.add(path + ".security", "NONE would send the password over the network for all to read",
          "use TLS or STARTTLS; if you accept the risk, set `allow_cleartext: true` of the server");
  check_secret(f, path, pop, {"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "APOP"});
  check_duration(f, path + ".window", pop.window(), "1m", "24h");
}

}  // namespace

std::string server_host(const IncomingServer& s) {
  const auto origin = origin_of(s.url());
  return origin ? origin->host : s.host();
}

bool is_exchange_online(std::string_view host) {
  const std::string h = "." + fold_host(host);
  static constexpr std::array own = {".outlook.office365.com", ".outlook.com",
                                     ".outlook.office.com",    ".outlook.office365.us",
                                     ".partner.outlook.cn",    ".outlook-dod.office365.us"};
  return std::ranges::any_of(own, [&](const char* name) { return h.ends_with(name); });
}

void check_connection(findings& f, const std::string& path, const IncomingServer& s,
                      const config::v1::Partition& p) {
  if (same_word(s.protocol(), "GRAPH")) return check_graph(f, path, s, p);
  if (same_word(s.protocol(), "EWS")) return check_ews(f, path, s);
  const bool pop3 = same_word(s.protocol(), "POP3");
  check_endpoint(f, path, s, pop3 ? mail_protocol::pop3 : mail_protocol::imap);
  const std::string plain = pop3 ? "POP3" : "IMAP";
  must_be_blank(f, path + ".url", s.url().empty(), plain);
  must_be_blank(f, path + ".user", s.user().empty(), plain);
  must_be_blank(f, path + ".impersonate", !s.impersonate(), plain);
  must_be_blank(f, path + ".max_requests", s.max_requests() == 0, plain);
  must_be_blank(f, path + ".streaming", !s.streaming(), plain);
  must_be_blank(f, path + ".accept_end_of_ews", !s.accept_end_of_ews(), plain);
  must_be_blank(f, path + ".change_notifications", !s.change_notifications(), plain);
}

void check_connection(findings& f, const std::string& path, const OutgoingServer& s,
                      const config::v1::Partition& p) {
  if (same_word(s.protocol(), "GRAPH")) {
    check_oauth_only(f, path, s);
    check_graph_user(f, path, s, p, s.from());
    must_be_blank(f, path + ".pop", !s.has_pop(), "GRAPH");
    return;
  }
  const bool pop = same_word(s.protocol(), "POP");
  const std::string plain = pop ? "POP" : "SMTP";
  check_endpoint(f, path, s, mail_protocol::smtp);
  must_be_blank(f, path + ".url", s.url().empty(), plain);
  must_be_blank(f, path + ".user", s.user().empty(), plain);
  must_be_blank(f, path + ".save_to_sent", !s.has_save_to_sent(), plain);
  if (pop)
    check_pop_sign_in(f, path + ".pop", s);
  else
    must_be_blank(f, path + ".pop", !s.has_pop(), plain);
}

}  // namespace postroom::partitions

#include "channels/known_providers.hpp"

#include <algorithm>

namespace postroom::channels {
namespace {

using enum mail_protocol;
using strings = std::vector<std::string_view>;
using servers = std::vector<known_server>;

constexpr std::string_view app_password =
    "needs a password made for one app in the account's security settings: its own is refused";

/// The common case: all three with TLS from the start.
servers tls_servers(std::string_view imap_host, std::string_view pop3_host,
                    std::string_view smtp_host) {
  return {{imap, true, imap_host, 993, security::tls},
          {pop3, true, pop3_host, 995, security::tls},
          {smtp, false, smtp_host, 465, security::tls}};
}

/// Sending with STARTTLS only.
servers starttls_servers(std::string_view imap_host, std::string_view pop3_host,
                         std::string_view smtp_host) {
  return {{imap, true, imap_host, 993, security::tls},
          {pop3, true, pop3_host, 995, security::tls},
          {smtp, false, smtp_host, 587, security::starttls}};
}

servers graph_servers(servers others = {}) {
  servers out{{graph, true, {}, 0, security::tls}, {graph, false, {}, 0, security::tls}};
  out.insert(out.end(), others.begin(), others.end());
  return out;
}

std::vector<known_provider> microsoft() {
  return {
      {{"outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.it", "hotmail.com",
        "hotmail.co.uk", "hotmail.de", "hotmail.fr", "hotmail.es", "hotmail.it", "live.com",
        "live.co.uk", "live.de", "live.fr", "live.it", "live.nl", "msn.com"},
       {},
       graph_servers(starttls_servers("outlook.office365.com", "outlook.office365.com",
                                      "smtp-mail.outlook.com")),
       "takes OAuth 2.0 only: name an OAuth client in `oauth`; GRAPH is the better way",
       "name an OAuth client in `oauth`, with which the owner of the mailbox signs in"},
      {{"onmicrosoft.com"},
       {"mail.protection.outlook.com", "mx.microsoft"},
       graph_servers(starttls_servers("outlook.office365.com", "outlook.office365.com",
                                      "smtp.office365.com")),
       "Microsoft 365 takes OAuth 2.0 only, and its administrator may have switched this protocol "
       "off for the mailbox; GRAPH is the better way",
       "Microsoft 365: name an OAuth client of the tenant in `oauth`"},
      {{},
       {"mail.protection.office365.us"},
       graph_servers(),
       {},
       "Microsoft 365 for governments: name an OAuth client of the tenant in `oauth`, with `cloud: "
       "us_government` or `us_dod`"},
      {{},
       {"mail.protection.partner.outlook.cn"},
       graph_servers(),
       {},
       "Microsoft 365 in China: name an OAuth client of the tenant in `oauth`, with `cloud: "
       "china`"},
  };
}

std::vector<known_provider> others() {
  return {
      {{"gmail.com", "googlemail.com"},
       {},
       tls_servers("imap.gmail.com", "pop.gmail.com", "smtp.gmail.com"),
       "needs OAuth 2.0, or an app password, which takes two-step verification: the account's own "
       "password is refused",
       {}},
      {{},
       {"l.google.com", "smtp.google.com", "googlemail.com"},
       tls_servers("imap.gmail.com", "pop.gmail.com", "smtp.gmail.com"),
       "Google Workspace: needs OAuth 2.0 or, where the administrator allows it, an app password; "
       "the protocol must be allowed for the account",
       {}},
      {{"icloud.com", "me.com", "mac.com"},
       {"mail.icloud.com"},
       {{imap, true, "imap.mail.me.com", 993, security::tls},
        {smtp, false, "smtp.mail.me.com", 587, security::starttls}},
       "needs an app-specific password; for IMAP the login may have to be what is before the @",
       {}},
      {{"yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es", "yahoo.ca",
        "ymail.com", "rocketmail.com"},
       {},
       tls_servers("imap.mail.yahoo.com", "pop.mail.yahoo.com", "smtp.mail.yahoo.com"),
       app_password,
       {}},
      {{"aol.com"},
       {},
       tls_servers("imap.aol.com", "pop.aol.com", "smtp.aol.com"),
       app_password,
       {}},
      {{"fastmail.com", "fastmail.fm"},
       {"messagingengine.com"},
       tls_servers("imap.fastmail.com", "pop.fastmail.com", "smtp.fastmail.com"),
       app_password,
       {}},
      {{"zoho.com", "zohomail.com"},
       {},
       tls_servers("imap.zoho.com", "pop.zoho.com", "smtp.zoho.com"),
       "IMAP and POP must be switched on in the account's settings; with two-factor sign-in it "
       "needs an app password",
       {}},
      {{"mail.ru", "inbox.ru", "list.ru", "bk.ru"},
       {},
       tls_servers("imap.mail.ru", "pop.mail.ru", "smtp.mail.ru"),
       app_password,
       {}},
      {{"yandex.com", "yandex.ru", "ya.ru"},
       {},
       tls_servers("imap.yandex.com", "pop.yandex.com", "smtp.yandex.com"),
       "needs an app password, and mail programs must be allowed in the account's settings",
       {}},
      {{"qq.com"},
       {},
       tls_servers("imap.qq.com", "pop.qq.com", "smtp.qq.com"),
       "needs the authorization code of the account's settings as password",
       {}},
      {{"proton.me", "protonmail.com", "pm.me"},
       {"protonmail.ch"},
       {},
       "Proton Mail has no IMAP, POP3 or SMTP for everybody: a program of its own, Proton Mail "
       "Bridge, offers them on the machine where it runs",
       {}},
  };
}

std::vector<known_provider> european() {
  constexpr std::string_view switched_on =
      "IMAP and POP3 must be switched on in the account's settings";
  return {
      {{"gmx.de", "gmx.net", "gmx.at", "gmx.ch"},
       {},
       tls_servers("imap.gmx.net", "pop.gmx.net", "mail.gmx.net"),
       switched_on,
       {}},
      {{"gmx.com", "gmx.us"},
       {},
       starttls_servers("imap.gmx.com", "pop.gmx.com", "mail.gmx.com"),
       switched_on,
       {}},
      {{"web.de"},
       {},
       starttls_servers("imap.web.de", "pop3.web.de", "smtp.web.de"),
       switched_on,
       {}},
      {{"t-online.de"},
       {},
       tls_servers("secureimap.t-online.de", "securepop.t-online.de", "securesmtp.t-online.de"),
       "needs the password for mail programs that the customer centre lets one set",
       {}},
      {{"posteo.de", "posteo.net"}, {}, tls_servers("posteo.de", "posteo.de", "posteo.de"), {}, {}},
      {{"mailbox.org"},
       {"mailbox.org"},
       tls_servers("imap.mailbox.org", "pop3.mailbox.org", "smtp.mailbox.org"),
       {},
       {}},
      {{},
       {"kundenserver.de", "mx00.ionos.de", "mx01.ionos.de"},
       tls_servers("imap.ionos.de", "pop.ionos.de", "smtp.ionos.de"),
       {},
       {}},
      {{},
       {"mx00.ionos.com", "mx01.ionos.com"},
       tls_servers("imap.ionos.com", "pop.ionos.com", "smtp.ionos.com"),
       {},
       {}},
      {{},
       {"mail.ovh.net"},
       tls_servers("ssl0.ovh.net", "ssl0.ovh.net", "ssl0.ovh.net"),
       "OVH has several mail products: for Exchange and E-mail Pro the host is another one",
       {}},
  };
}

const std::vector<known_provider>& all() {
  static const auto table = [] {
    auto out = microsoft();
    for (const auto& more : {others(), european()}) out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return table;
}

bool ends_in(std::string_view name, std::string_view end) {
  return name == end || (name.ends_with(end) && name[name.size() - end.size() - 1] == '.');
}

}  // namespace

const known_provider* provider_of_domain(std::string_view domain) {
  for (const auto& p : all())
    if (std::find(p.domains.begin(), p.domains.end(), domain) != p.domains.end()) return &p;
  return domain.ends_with(".onmicrosoft.com") ? provider_of_domain("onmicrosoft.com") : nullptr;
}

const known_provider* provider_of_exchanger(std::string_view host) {
  for (const auto& p : all())
    for (const auto end : p.exchangers)
      if (ends_in(host, end)) return &p;
  return nullptr;
}

}  // namespace postroom::channels

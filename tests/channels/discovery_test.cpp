#include "channels/discovery.hpp"

#include <gtest/gtest.h>

#include <map>

#include "channels/known_providers.hpp"

namespace postroom::channels {
namespace {

using enum mail_protocol;
using lines = std::vector<std::string>;

/// Says what a test puts in, and nothing of other names.
struct scripted_dns final : dns_resolver {
  std::map<std::string, result<srv_answer>> services;
  std::map<std::string, result<std::vector<mx_record>>> exchangers;
  bool dead = false;
  lines asked;

  result<srv_answer> srv(const std::string& name) override {
    asked.push_back(name);
    if (dead) return fail(ec::dns_failed);
    const auto it = services.find(name);
    return it == services.end() ? srv_answer{} : it->second;
  }
  result<std::vector<mx_record>> mx(const std::string& name) override {
    asked.push_back("MX " + name);
    if (dead) return fail(ec::dns_failed);
    const auto it = exchangers.find(name);
    return it == exchangers.end() ? std::vector<mx_record>{} : it->second;
  }
};

srv_answer at(const std::string& host, uint16_t port) {
  return {{{0, 1, port, host}}, false};
}

/// "in IMAP imap.example.org:993 TLS".
std::string show(const server_offer& o) {
  const char* names[] = {"GRAPH", "IMAP", "POP3", "SMTP"};
  const char* ways[] = {" TLS", " STARTTLS", " NONE"};
  auto out = std::string{o.incoming ? "in " : "out "} + names[static_cast<int>(o.protocol)];
  if (o.protocol == graph) return out;
  return out + " " + o.host + ":" + std::to_string(o.port) + ways[static_cast<int>(o.security)];
}

lines show(const discovery& found) {
  lines out;
  for (const auto& o : found.offers) out.push_back(show(o));
  return out;
}

struct discovering : testing::Test {
  scripted_dns dns;
  discovery find(const std::string& address) {
    auto found = discover(address, dns);
    EXPECT_TRUE(found) << found.error().text();
    return found ? *found : discovery{};
  }
};

TEST_F(discovering, offers_every_service_that_the_domain_names_the_preferred_first) {
  dns.services = {{"_pop3._tcp.example.org", at("pop.example.org", 110)},
                  {"_pop3s._tcp.example.org", at("pop.example.org", 995)},
                  {"_imap._tcp.example.org", at("imap.example.org", 143)},
                  {"_imaps._tcp.example.org", at("imap.example.org", 993)},
                  {"_submission._tcp.example.org", at("smtp.example.org", 587)},
                  {"_submissions._tcp.example.org", at("smtp.example.org", 465)}};
  const auto found = find("it@example.org");
  EXPECT_EQ(show(found),
            (lines{"in IMAP imap.example.org:993 TLS", "in IMAP imap.example.org:143 STARTTLS",
                   "in POP3 pop.example.org:995 TLS", "in POP3 pop.example.org:110 STARTTLS",
                   "out SMTP smtp.example.org:465 TLS", "out SMTP smtp.example.org:587 STARTTLS"}));
  EXPECT_EQ(found.offers[0].source, "SRV _imaps._tcp.example.org");
  EXPECT_EQ(found.offers[0].login, "it@example.org");
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(discovering, keeps_the_order_of_the_records_of_one_service) {
  dns.services = {{"_imaps._tcp.example.org",
                   srv_answer{{{1, 0, 993, "b.example.org"}, {2, 0, 1993, "a.example.org"}}}}};
  EXPECT_EQ(show(find("it@example.org")),
            (lines{"in IMAP b.example.org:993 TLS", "in IMAP a.example.org:1993 TLS"}));
}

TEST_F(discovering, warns_of_a_server_outside_of_the_domain_and_of_none_within_it) {
  dns.services = {{"_imaps._tcp.example.org", at("imap.example.net", 993)},
                  {"_pop3s._tcp.example.org", at("in.mail.example.org", 995)},
                  {"_imap._tcp.example.org", at("notexample.org", 143)},
                  {"_pop3._tcp.example.org", at("example.org", 110)}};
  const auto found = find("it@example.org");
  ASSERT_EQ(found.offers.size(), 4u);
  const auto warns = [](const server_offer& o) {
    return o.note.find("lies outside of example.org") != std::string::npos;
  };
  EXPECT_TRUE(warns(found.offers[0]));
  EXPECT_TRUE(warns(found.offers[1])) << "another domain that only ends in the same letters";
  EXPECT_FALSE(warns(found.offers[2]));
  EXPECT_FALSE(warns(found.offers[3])) << "the domain itself";
}

TEST_F(discovering, tells_what_the_domain_says_it_does_not_have) {
  dns.services = {{"_imaps._tcp.example.org", at("imap.example.org", 993)},
                  {"_pop3s._tcp.example.org", srv_answer{{}, true}},
                  {"_pop3._tcp.example.org", srv_answer{{}, true}}};
  EXPECT_EQ(find("it@example.org").notes,
            lines{"example.org says that it has no POP3 with TLS, POP3 with STARTTLS"});
}

TEST_F(discovering, asks_no_dns_for_a_domain_that_is_a_known_providers) {
  const auto found = find("Desk@GMAIL.com");
  EXPECT_EQ(show(found), (lines{"in IMAP imap.gmail.com:993 TLS", "in POP3 pop.gmail.com:995 TLS",
                                "out SMTP smtp.gmail.com:465 TLS"}));
  EXPECT_EQ(found.offers[0].source, "known provider");
  EXPECT_EQ(found.offers[0].login, "Desk@GMAIL.com") << "as it was written";
  EXPECT_NE(found.offers[0].note.find("app password"), std::string::npos);
  EXPECT_TRUE(dns.asked.empty());
}

TEST_F(discovering, knows_microsoft_365_by_where_the_domains_mail_goes_and_offers_graph_first) {
  dns.exchangers = {
      {"example.org", std::vector<mx_record>{{10, "example-org.mail.protection.outlook.com"}}}};
  const auto found = find("it@example.org");
  EXPECT_EQ(show(found), (lines{"in GRAPH", "in IMAP outlook.office365.com:993 TLS",
                                "in POP3 outlook.office365.com:995 TLS", "out GRAPH",
                                "out SMTP smtp.office365.com:587 STARTTLS"}));
  EXPECT_EQ(found.offers[0].source, "MX of example.org");
  EXPECT_EQ(found.offers[0].login, "");
  EXPECT_NE(found.offers[0].note.find("OAuth client"), std::string::npos);
  EXPECT_NE(found.offers[1].note.find("OAuth 2.0 only"), std::string::npos);
}

TEST_F(discovering, knows_hosted_domains_by_any_exchanger_the_preferred_first) {
  struct row {
    const char* exchanger;
    const char* first;
  };
  for (const auto& [exchanger, first] :
       {row{"aspmx.l.google.com", "in IMAP imap.gmail.com:993 TLS"},
        {"alt1.aspmx.l.google.com", "in IMAP imap.gmail.com:993 TLS"},
        {"aspmx2.googlemail.com", "in IMAP imap.gmail.com:993 TLS"},
        {"smtp.google.com", "in IMAP imap.gmail.com:993 TLS"},
        {"example-org.a-v1.mx.microsoft", "in GRAPH"},
        {"example.mail.protection.office365.us", "in GRAPH"},
        {"example.mail.protection.partner.outlook.cn", "in GRAPH"},
        {"in1-smtp.messagingengine.com", "in IMAP imap.fastmail.com:993 TLS"},
        {"mx01.mail.icloud.com", "in IMAP imap.mail.me.com:993 TLS"},
        {"mxext1.mailbox.org", "in IMAP imap.mailbox.org:993 TLS"},
        {"mx00.kundenserver.de", "in IMAP imap.ionos.de:993 TLS"},
        {"mx1.mail.ovh.net", "in IMAP ssl0.ovh.net:993 TLS"}}) {
    dns.exchangers = {
        {"example.org", std::vector<mx_record>{{1, "mx.filter.example"}, {10, exchanger}}}};
    const auto found = show(find("it@example.org"));
    ASSERT_FALSE(found.empty()) << exchanger;
    EXPECT_EQ(found[0], first) << exchanger;
  }
  dns.exchangers = {{"example.org", std::vector<mx_record>{{1, "mx.notmailbox.org"}}}};
  EXPECT_TRUE(find("it@example.org").offers.empty());
}

TEST_F(discovering, says_a_server_once_that_records_and_exchangers_both_name) {
  dns.services = {{"_imaps._tcp.example.org", at("imap.gmail.com", 993)}};
  dns.exchangers = {{"example.org", std::vector<mx_record>{{1, "smtp.google.com"}}}};
  const auto found = find("it@example.org");
  EXPECT_EQ(show(found), (lines{"in IMAP imap.gmail.com:993 TLS", "in POP3 pop.gmail.com:995 TLS",
                                "out SMTP smtp.gmail.com:465 TLS"}));
  EXPECT_EQ(found.offers[0].source, "SRV _imaps._tcp.example.org, MX of example.org");
  EXPECT_NE(found.offers[0].note.find("lies outside"), std::string::npos);
  EXPECT_NE(found.offers[0].note.find("Google Workspace"), std::string::npos);
}

TEST_F(discovering, says_why_a_known_provider_has_no_servers_to_offer) {
  const auto found = find("it@proton.me");
  EXPECT_TRUE(found.offers.empty());
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("Bridge"), std::string::npos);
}

TEST_F(discovering, gives_what_was_found_and_says_what_could_not_be_asked) {
  dns.services = {{"_imaps._tcp.example.org", at("imap.example.org", 993)},
                  {"_pop3s._tcp.example.org", fail(ec::timeout)},
                  {"_pop3._tcp.example.org", fail(ec::protocol_violation)}};
  dns.exchangers = {{"example.org", fail(ec::dns_failed)}};
  const auto found = find("it@example.org");
  EXPECT_EQ(found.offers.size(), 1u);
  EXPECT_EQ(found.notes, lines{"the DNS gave no answer to all questions, missing are: MX, "
                               "_pop3s._tcp, _pop3._tcp"});
}

TEST_F(discovering, fails_when_no_question_was_answered) {
  dns.dead = true;
  EXPECT_EQ(discover("it@example.org", dns).code(), ec::dns_failed);
  EXPECT_EQ(dns.asked.size(), 7u);
}

TEST_F(discovering, has_nothing_to_offer_for_a_domain_that_says_nothing) {
  const auto found = find("it@example.org");
  EXPECT_TRUE(found.offers.empty());
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(discovering, refuses_what_is_no_address_without_asking_or_repeating_it) {
  for (const std::string bad :
       {"", "example.org", "@example.org", "it@", "it@localhost", "it@10.0.0.1", "it@[10.0.0.1]",
        "it@exa mple.org", "i t@example.org", "it@example..org", "it@-example.org",
        "it@ex\xc3\xa4mple.org", "it@example.org.", "it@example.org\n", "it@_imaps.example.org"}) {
    const auto found = discover(bad, dns);
    EXPECT_EQ(found.code(), ec::config_invalid) << bad;
    if (!found && bad.size() > 3) {
      EXPECT_EQ(found.error().detail.find(bad + " "), std::string::npos) << bad;
    }
  }
  EXPECT_EQ(discover(std::string(65, 'x') + "@example.org", dns).code(), ec::config_invalid);
  EXPECT_EQ(discover("it@" + std::string(250, 'x') + ".org", dns).code(), ec::config_invalid);
  EXPECT_TRUE(dns.asked.empty());
}

TEST(known_providers, are_hosts_with_the_ports_of_rfc_8314_and_no_domain_stands_twice) {
  for (const char* domain :
       {"gmail.com", "outlook.com", "contoso.onmicrosoft.com", "icloud.com", "yahoo.com", "aol.com",
        "fastmail.com", "zoho.com", "mail.ru", "yandex.com", "qq.com", "gmx.de", "gmx.com",
        "web.de", "t-online.de", "posteo.de", "mailbox.org"}) {
    const auto* p = provider_of_domain(domain);
    ASSERT_TRUE(p) << domain;
    EXPECT_FALSE(p->servers.empty()) << domain;
    for (const auto& s : p->servers) {
      if (s.protocol == graph) continue;
      EXPECT_TRUE(is_host_name(s.host)) << s.host;
      const auto port = s.protocol == imap   ? 993
                        : s.protocol == pop3 ? 995
                                             : (s.security == security::tls ? 465 : 587);
      EXPECT_EQ(s.port, port) << s.host;
    }
    for (const auto d : p->domains) EXPECT_EQ(provider_of_domain(d), p) << d;
    for (const auto x : p->exchangers) EXPECT_EQ(provider_of_exchanger(x), p) << x;
  }
  EXPECT_FALSE(provider_of_domain("example.org"));
  EXPECT_FALSE(provider_of_domain("notonmicrosoft.com"));
}

}  // namespace
}  // namespace postroom::channels

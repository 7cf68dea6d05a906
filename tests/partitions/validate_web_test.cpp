#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"
#include "tests/support/web_urls.hpp"

using namespace postroom::partitions;
using postroom::config::v1::IncomingServer;
using postroom::config::v1::OutgoingServer;

namespace {

/// "path what remedy" of each problem must hold these, in order.
struct expected {
  const char* path;
  const char* what;
  const char* remedy;
};

template <class Server>
struct row {
  const char* name;
  void (*bend)(Server&);
  std::vector<expected> problems;
};

void clear_place(IncomingServer& s) {
  s.clear_host();
  s.clear_login();
  s.clear_password();
}

void graph(IncomingServer& s) {
  clear_place(s);
  s.set_protocol("GRAPH");
  s.set_oauth("app");
  s.set_user("it@example.org");
}

void ews(IncomingServer& s) {
  s.set_protocol("EWS");
}

void graph_out(OutgoingServer& s) {
  s.clear_host();
  s.set_protocol("GRAPH");
  s.set_oauth("app");
}

void pop_out(OutgoingServer& s) {
  s.set_protocol("POP");
  s.mutable_pop()->set_login("it");
  s.mutable_pop()->set_password("env:P");
}

// clang-format off
#define IN [](IncomingServer & s)
#define OUT [](OutgoingServer & s)

const row<IncomingServer> incoming_rows[] = {
    {"graph", IN { graph(s); }, {}},
    {"graph_with_everything",
     IN { graph(s); s.set_url("https://graph.microsoft.us/v1.0"); s.set_mailbox("Support/New");
     s.set_max_requests(20); s.set_change_notifications(true); s.set_after_commit("mark_seen"); },
     {}},
    {"graph_without_a_client", IN { graph(s); s.clear_oauth(); },
     {{"oauth", "is missing: Microsoft Graph signs in by OAuth 2.0 alone", "oauth_clients"}}},
    {"graph_with_a_password",
     IN { graph(s); s.set_host("x.org"); s.set_login("it"); s.set_password("env:P"); },
     {{"host", "is given, but means nothing with GRAPH", "remove it"},
     {"login", "is given, but means nothing with GRAPH", "remove it"},
     {"password", "is given beside `oauth`", "remove one"}}},
    {"graph_of_an_application_without_a_mailbox", IN { graph(s); s.clear_user(); },
     {{"user", "is missing: an application that signs in by itself has no mailbox", "address"}}},
    {"graph_of_a_person_without_a_mailbox", IN { graph(s); s.clear_user(); s.set_oauth("person"); },
     {}},
    {"graph_over_a_bare_line", IN { graph(s); s.set_url("http://graph.example.org/v1.0"); },
     {{"url", "\"http://graph.example.org/v1.0\" is not encrypted", "https://"}}},
    {"graph_with_a_password_in_its_url", IN { graph(s); s.set_url("https://a:b@example.org/"); },
     {{"url", "is no address of a service", "without a name, a password"}}},
    {"graph_with_a_query_in_its_url", IN { graph(s); s.set_url("https://example.org/?a=b"); },
     {{"url", "is no address of a service", "a question mark"}}},
    {"graph_with_what_ews_has",
     IN { graph(s); s.set_impersonate(true); s.set_streaming(true); s.set_accept_end_of_ews(true); },
     {{"impersonate", "means nothing with GRAPH", "remove"},
     {"streaming", "means nothing with GRAPH", "remove"},
     {"accept_end_of_ews", "means nothing with GRAPH", "remove"}}},
    {"ews", IN { ews(s); }, {}},
    {"ews_by_url", IN { ews(s); s.clear_host(); s.set_url("https://mail.example.org/EWS/Exchange.asmx"); },
     {}},
    {"ews_found_by_its_address",
     IN { ews(s); s.clear_host(); s.set_user("it@example.org"); s.set_impersonate(true);
     s.add_auth_methods("NTLM"); s.set_streaming(true); },
     {}},
    {"ews_with_a_client", IN { ews(s); s.clear_login(); s.clear_password(); s.set_oauth("exchange"); }, {}},
    {"ews_with_a_client_of_graph",
     IN { ews(s); s.clear_login(); s.clear_password(); s.set_oauth("app"); },
     {{"oauth", "has no scopes", "EWS.AccessAsUser.All"}}},
    {"ews_nowhere", IN { ews(s); s.clear_host(); s.set_login("it"); },
     {{"host", "is missing", "or `url`, or an address as `user`"}}},
    {"ews_in_two_places", IN { ews(s); s.set_url("https://a.example.org/ews"); },
     {{"host", "is given beside `url`", "remove one"}}},
    {"ews_as_nobody", IN { ews(s); s.set_impersonate(true); },
     {{"user", "is missing, although the server shall be read as somebody else", "address"}}},
    {"ews_with_a_method_of_imap", IN { ews(s); s.add_auth_methods("PLAIN"); },
     {{"auth_methods[0]", "\"PLAIN\" is unknown", "BASIC, NTLM"}}},
    {"ews_without_tls", IN { ews(s); s.set_security("NONE"); },
     {{"security", "means nothing with EWS", "remove"}}},
    {"ews_too_many_requests", IN { ews(s); s.set_max_requests(21); },
     {{"max_requests", "21 is out of range", "1 to 20"}}},
    {"ews_of_exchange_online", IN { ews(s); s.set_host("outlook.office365.com"); },
     {{"host", "is Exchange Online, which blocks EWS since October 2026 and ends it in April 2027",
     "`protocol: GRAPH`"}}},
    {"ews_of_exchange_online_by_url",
     IN { ews(s); s.clear_host(); s.set_url("https://Outlook.office365.com:443/EWS/Exchange.asmx"); },
     {{"url", "is Exchange Online", "accept_end_of_ews: true"}}},
    {"ews_of_exchange_online_as_wished",
     IN { ews(s); s.set_host("outlook.office365.com"); s.set_accept_end_of_ews(true); }, {}},
    {"ews_of_a_national_cloud",
     IN { ews(s); s.clear_host(); s.set_url("https://outlook.office365.us/EWS/Exchange.asmx"); },
     {{"url", "is Exchange Online", "accept_end_of_ews: true"}}},
    {"ews_with_a_port_beside_its_url",
     IN { ews(s); s.clear_host(); s.set_url("https://mail.example.org/EWS/Exchange.asmx"); s.set_port(444); },
     {{"port", "is given without a host", "write it into `url`"}}},
    {"imap_with_what_others_have",
     IN { s.set_url("https://x.org/"); s.set_user("it@example.org"); s.set_max_requests(2); },
     {{"url", "means nothing with IMAP", "remove"}, {"user", "means nothing with IMAP", "remove"},
     {"max_requests", "means nothing with IMAP", "remove"}}},
};

const row<OutgoingServer> outgoing_rows[] = {
    {"graph", OUT { graph_out(s); }, {}},
    {"graph_of_a_shared_mailbox", OUT { graph_out(s); s.set_user("help@example.org"); s.set_save_to_sent(true); }, {}},
    {"graph_without_a_client", OUT { graph_out(s); s.clear_oauth(); },
     {{"oauth", "is missing", "oauth_clients"}}},
    {"graph_with_all_requests_at_a_time", OUT { graph_out(s); s.set_max_connections(4); }, {}},
    {"graph_with_more_requests_than_the_service_takes", OUT { graph_out(s); s.set_max_connections(5); },
     {{"max_connections", "5 is out of range", "from 1 to 4"}}},
    {"graph_with_a_pop_sign_in", OUT { graph_out(s); s.mutable_pop()->set_login("x"); },
     {{"pop", "means nothing with GRAPH", "remove"}}},
    {"pop", OUT { pop_out(s); }, {}},
    {"pop_without_a_sign_in", OUT { s.set_protocol("POP"); },
     {{"pop.login", "is missing", "by POP3"}}},
    {"pop_in_clear", OUT { pop_out(s); s.mutable_pop()->set_security("NONE"); },
     {{"pop.security", "NONE would send the password", "allow_cleartext"}}},
    {"pop_with_a_window_of_seconds", OUT { pop_out(s); s.mutable_pop()->set_window("10s"); },
     {{"pop.window", "\"10s\" is out of range", "from 1m to 24h"}}},
    {"smtp_with_what_others_have", OUT { s.set_save_to_sent(true); s.mutable_pop()->set_login("x"); },
     {{"save_to_sent", "means nothing with SMTP", "remove"}, {"pop", "means nothing with SMTP", "remove"}}},
};

#undef IN
#undef OUT
// clang-format on

postroom::config::v1::Settings with_clients() {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  auto& app = *p.add_oauth_clients();
  app.set_name("app");
  app.set_tenant("example.org");
  app.set_client_id("id");
  app.set_client_secret("env:S");
  auto& person = *p.add_oauth_clients();
  person = app;
  person.set_name("person");
  person.set_grant("device_code");
  auto& exchange = *p.add_oauth_clients();
  exchange = app;
  exchange.set_name("exchange");
  exchange.add_scopes("https://outlook.office365.com/.default");
  return s;
}

void expect_problems(const postroom::config::v1::Settings& s, const std::string& prefix,
                     const std::vector<expected>& wanted) {
  const auto problems = validate(s);
  std::string all;
  for (const auto& p : problems) all += p.path + " " + p.what + "\n";
  ASSERT_EQ(problems.size(), wanted.size()) << all;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(problems[i].path, prefix + wanted[i].path);
    EXPECT_NE(problems[i].what.find(wanted[i].what), std::string::npos) << problems[i].what;
    EXPECT_NE(problems[i].remedy.find(wanted[i].remedy), std::string::npos) << problems[i].remedy;
  }
}

class incoming_web_rule : public testing::TestWithParam<row<IncomingServer>> {};

TEST_P(incoming_web_rule, gives_exactly_these_problems) {
  auto s = with_clients();
  GetParam().bend(*s.mutable_partitions(0)->mutable_incoming(0));
  expect_problems(s, "incoming[0].", GetParam().problems);
}

class outgoing_web_rule : public testing::TestWithParam<row<OutgoingServer>> {};

TEST_P(outgoing_web_rule, gives_exactly_these_problems) {
  auto s = with_clients();
  GetParam().bend(*s.mutable_partitions(0)->mutable_outgoing(0));
  expect_problems(s, "outgoing[0].", GetParam().problems);
}

INSTANTIATE_TEST_SUITE_P(table, incoming_web_rule, testing::ValuesIn(incoming_rows),
                         [](const auto& r) { return std::string(r.param.name); });
INSTANTIATE_TEST_SUITE_P(table, outgoing_web_rule, testing::ValuesIn(outgoing_rows),
                         [](const auto& r) { return std::string(r.param.name); });

TEST(web_servers, have_the_urls_that_secrets_may_go_to) {
  auto s = with_clients();
  auto& server = *s.mutable_partitions(0)->mutable_incoming(0);
  for (const auto make : {ews, graph}) {
    make(server);
    server.clear_host();
    for (const char* url : postroom::support::fit_for_secrets) {
      server.set_url(url);
      EXPECT_TRUE(validate(s).empty()) << server.protocol() << " " << url;
    }
    for (const std::string url : postroom::support::unfit_for_secrets) {
      if (url.empty()) continue;  // the protocol's own
      server.set_url(url);
      expect_problems(s, "incoming[0].", {{"url", "", "write it as https://"}});
    }
  }
}

TEST(web_servers, that_read_the_same_mailbox_are_told_of_each_other) {
  auto s = with_clients();
  auto& p = *s.mutable_partitions(0);
  graph(*p.mutable_incoming(0));
  auto& second = *p.add_incoming();
  second = p.incoming(0);
  second.set_name("second");
  second.set_user("IT@Example.org");
  const auto problems = validate(s);
  ASSERT_FALSE(problems.empty());
  EXPECT_NE(problems[0].what.find("reads the same mailbox"), std::string::npos) << problems[0].what;
  second.set_mailbox("Support");
  p.mutable_incoming(0)->set_mailbox("support");
  EXPECT_EQ(validate(s).size(), 1u) << "Exchange takes both for one folder";
  second.set_mailbox("Support/New");
  EXPECT_TRUE(validate(s).empty());
}

TEST(web_servers, read_one_mailbox_of_exchange_online_whatever_they_speak) {
  auto s = with_clients();
  auto& p = *s.mutable_partitions(0);
  auto& imap = *p.mutable_incoming(0);
  imap.set_host("outlook.office365.com");
  imap.set_oauth("exchange");
  imap.clear_password();
  auto& web = *p.add_incoming();
  web = imap;
  web.set_name("web");
  graph(web);
  web.set_oauth("person");
  web.set_user(imap.login());
  EXPECT_EQ(validate(s).size(), 1u);
  web.set_user("another@example.org");
  EXPECT_TRUE(validate(s).empty());
}

TEST(web_servers, of_two_persons_read_two_mailboxes) {
  auto s = with_clients();
  auto& p = *s.mutable_partitions(0);
  p.mutable_oauth_clients()->RemoveLast();
  for (auto& client : *p.mutable_oauth_clients()) {
    client.set_grant("device_code");
    client.add_scopes("https://outlook.office365.com/EWS.AccessAsUser.All");
    client.add_scopes("offline_access");
  }
  auto& first = *p.mutable_incoming(0);
  clear_place(first);
  ews(first);
  first.set_host("mail.example.org");
  first.set_oauth("app");
  auto& second = *p.add_incoming();
  second = first;
  second.set_name("second");
  second.set_oauth("person");
  EXPECT_TRUE(validate(s).empty());
}

TEST(web_servers, of_two_houses_may_have_the_same_login) {
  auto s = with_clients();
  auto& p = *s.mutable_partitions(0);
  auto& first = *p.mutable_incoming(0);
  ews(first);
  first.clear_host();
  first.set_url("https://one.example.org/EWS/Exchange.asmx");
  auto& second = *p.add_incoming();
  second = p.incoming(0);
  second.set_name("second");
  second.set_url("https://two.example.org/EWS/Exchange.asmx");
  EXPECT_TRUE(validate(s).empty());
  second.set_url("https://ONE.example.org/ews/exchange.asmx");
  EXPECT_EQ(validate(s).size(), 1u) << "it is one mailbox";
  first.set_url("http://127.0.0.1:8001/ews");
  second.set_url("http://127.0.0.1:8002/ews");
  EXPECT_TRUE(validate(s).empty()) << "tunnels to two";
}

}  // namespace

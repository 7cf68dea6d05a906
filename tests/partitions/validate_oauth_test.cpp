#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/edits.hpp"
#include "partitions/operator_only.hpp"
#include "partitions/secret_reference.hpp"
#include "partitions/validate.hpp"
#include "tests/support/web_urls.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::OAuthClient;
using config::v1::Partition;
using config::v1::Settings;
using lines = std::vector<std::string>;

void make_app(OAuthClient& c) {
  c.set_name("graph");
  c.set_tenant("contoso.onmicrosoft.com");
  c.set_client_id("11111111-2222-3333-4444-555555555555");
  c.set_client_secret("secret:graph");
  c.add_scopes("https://outlook.office365.com/.default");
}

/// A partition whose incoming server signs in by a token.
Settings with_oauth() {
  auto out = valid_settings();
  auto& p = *out.mutable_partitions(0);
  make_app(*p.add_oauth_clients());
  auto& s = *p.mutable_incoming(0);
  s.set_host("outlook.office365.com");
  s.clear_password();
  s.set_oauth("graph");
  return out;
}

lines paths_of(const Settings& settings) {
  lines out;
  for (const auto& p : validate(settings)) {
    EXPECT_NE(p.remedy, "") << p.path;
    EXPECT_NE(p.what, "") << p.path;
    out.push_back(p.path);
  }
  return out;
}

struct row {
  const char* name;
  void (*bend)(OAuthClient&);
  lines problems;  ///< paths inside the client
};

class oauth_clients : public testing::TestWithParam<row> {};

TEST_P(oauth_clients, are_refused_with_all_that_is_wrong_at_once) {
  auto settings = with_oauth();
  GetParam().bend(*settings.mutable_partitions(0)->mutable_oauth_clients(0));
  lines wanted;
  for (const auto& field : GetParam().problems) wanted.push_back("oauth_clients[0]." + field);
  EXPECT_EQ(paths_of(settings), wanted);
}

// clang-format off
#define C [](OAuthClient& c)
const row rows[] = {
    {"as_it_is", C { static_cast<void>(c); }, {}},
    {"grant", C { c.set_grant("password"); }, {"grant"}},
    {"provider", C { c.set_provider("google"); }, {"provider"}},
    {"cloud", C { c.set_cloud("mars"); }, {"cloud"}},
    {"no_tenant", C { c.clear_tenant(); }, {"tenant"}},
    {"tenant_that_is_a_path", C { c.set_tenant("a/../b"); }, {"tenant"}},
    {"common_tenant_of_an_application", C { c.set_tenant("common"); }, {"tenant"}},
    {"no_client_id", C { c.clear_client_id(); }, {"client_id"}},
    {"no_secret", C { c.clear_client_secret(); }, {"client_secret"}},
    {"the_secret_itself", C { c.set_client_secret("hunter2"); }, {"client_secret"}},
    {"secret_and_certificate",
     C { c.set_certificate_file("/a.pem"); c.set_certificate_key("file:/a.key"); }, {"client_secret"}},
    {"certificate_without_key", C { c.clear_client_secret(); c.set_certificate_file("/a.pem"); },
     {"certificate_key"}},
    {"key_without_certificate", C { c.clear_client_secret(); c.set_certificate_key("env:K"); },
     {"certificate_file"}},
    {"certificate", C { c.clear_client_secret(); c.set_certificate_file("/a.pem");
                        c.set_certificate_key("secret:k"); }, {}},
    {"expiry", C { c.set_secret_expires("soon"); }, {"secret_expires"}},
    {"expiry_now", C { c.set_secret_expires("now"); }, {"secret_expires"}},
    {"expiry_day", C { c.set_secret_expires("2027-05-31"); }, {}},
    {"urls_of_microsoft", C { c.set_token_url("https://a.example/t"); }, {"token_url"}},
    {"scope_of_an_application", C { c.set_scopes(0, "https://outlook.office365.com/IMAP.AccessAsApp"); },
     {"scopes[0]"}},
    {"two_resources", C { c.add_scopes("https://graph.microsoft.com/.default"); }, {"scopes"}},
    {"scope_with_a_blank", C { c.set_scopes(0, "a b"); }, {"scopes[0]"}},
    {"callback_of_an_application", C { c.set_callback_url("https://h/oauth/callback"); },
     {"callback_url"}},
    {"lifetime_of_an_application", C { c.set_refresh_token_lifetime("90d"); },
     {"refresh_token_lifetime"}},
    {"person", C { c.set_grant("authorization_code"); c.clear_client_secret();
                   c.add_scopes("offline_access");
                   c.set_callback_url("https://desk.example.org/oauth/callback");
                   c.set_refresh_token_lifetime("90d"); }, {}},
    {"person_without_offline_access", C { c.set_grant("device_code"); }, {"scopes"}},
    {"callback_in_the_clear",
     C { c.set_grant("authorization_code"); c.add_scopes("offline_access");
         c.set_callback_url("http://desk.example.org/oauth/callback"); }, {"callback_url"}},
    {"callback_elsewhere",
     C { c.set_grant("authorization_code"); c.add_scopes("offline_access");
         c.set_callback_url("https://desk.example.org/callback"); }, {"callback_url"}},
    {"callback_behind_a_proxy",
     C { c.set_grant("authorization_code"); c.add_scopes("offline_access");
         c.set_callback_url("https://desk.example.org/mail/oauth/callback"); }, {}},
    {"lifetime", C { c.set_grant("device_code"); c.add_scopes("offline_access");
                     c.set_refresh_token_lifetime("1s"); }, {"refresh_token_lifetime"}},
    {"other_without_urls", C { c.set_provider("other"); c.clear_tenant(); }, {"token_url"}},
    {"other_with_a_tenant", C { c.set_provider("other"); c.set_token_url("https://a.example/t"); },
     {"tenant"}},
    {"other_by_a_browser",
     C { c.set_provider("other"); c.clear_tenant(); c.set_token_url("https://a.example/t");
         c.set_grant("authorization_code"); }, {"authorization_url"}},
    {"other_by_a_device",
     C { c.set_provider("other"); c.clear_tenant(); c.set_token_url("https://a.example/t");
         c.set_grant("device_code"); }, {"device_url"}},
    {"everything", C { c.Clear(); c.set_name("graph"); c.set_grant("x"); c.add_scopes("a/.default"); },
     {"grant", "tenant", "client_id", "client_secret"}},
};
#undef C
// clang-format on

INSTANTIATE_TEST_SUITE_P(table, oauth_clients, testing::ValuesIn(rows),
                         [](const auto& r) { return std::string{r.param.name}; });

TEST(oauth_client_rules, take_the_urls_that_secrets_may_go_to) {
  auto settings = with_oauth();
  auto& c = *settings.mutable_partitions(0)->mutable_oauth_clients(0);
  c.set_provider("other");
  c.clear_tenant();
  for (const char* url : support::fit_for_secrets) {
    c.set_token_url(url);
    EXPECT_EQ(paths_of(settings), lines{}) << url;
  }
  for (const char* url : support::unfit_for_secrets) {
    c.set_token_url(url);
    EXPECT_EQ(paths_of(settings), lines{"oauth_clients[0].token_url"}) << url;
  }
}

TEST(oauth_servers, name_a_client_that_is_there_and_nothing_beside_it) {
  auto settings = with_oauth();
  EXPECT_EQ(paths_of(settings), lines{});
  auto& s = *settings.mutable_partitions(0)->mutable_incoming(0);
  s.set_password("secret:a");
  s.add_auth_methods("PLAIN");
  EXPECT_EQ(paths_of(settings), (lines{"incoming[0].password", "incoming[0].auth_methods[0]"}));
  s.clear_password();
  s.set_auth_methods(0, "XOAUTH2");
  EXPECT_EQ(paths_of(settings), lines{});
  s.set_oauth("none");
  EXPECT_EQ(paths_of(settings), lines{"incoming[0].oauth"});
}

TEST(oauth_servers, of_mail_protocols_need_the_scopes_of_these) {
  auto settings = with_oauth();
  auto& client = *settings.mutable_partitions(0)->mutable_oauth_clients(0);
  client.set_scopes(0, "https://graph.microsoft.com/.default");
  EXPECT_EQ(paths_of(settings), lines{"incoming[0].oauth"});
  client.clear_scopes();
  EXPECT_EQ(paths_of(settings), lines{"incoming[0].oauth"});
  auto& s = *settings.mutable_partitions(0)->mutable_incoming(0);
  s.set_protocol("EWS");
  s.set_host("mail.example.org");
  s.clear_login();
  s.set_user("it@example.org");
  EXPECT_EQ(paths_of(settings), lines{"incoming[0].oauth"});
}

TEST(oauth_servers, of_graph_need_the_scopes_of_graph) {
  auto settings = with_oauth();
  auto& p = *settings.mutable_partitions(0);
  auto& s = *p.mutable_incoming(0);
  s.set_protocol("GRAPH");
  s.clear_host();
  s.clear_login();
  s.set_user("it@example.org");
  EXPECT_EQ(paths_of(settings), lines{"incoming[0].oauth"}) << "they are of Exchange";
  auto& client = *p.mutable_oauth_clients(0);
  client.set_grant("device_code");
  client.clear_scopes();
  for (const auto* scope : {"offline_access", "Mail.ReadWrite"}) client.add_scopes(scope);
  EXPECT_EQ(paths_of(settings), lines{});
  client.set_scopes(1, "https://dod-graph.microsoft.us/Mail.ReadWrite");
  EXPECT_EQ(paths_of(settings), lines{});
}

TEST(oauth_servers, need_the_name_of_the_mailbox) {
  auto settings = with_oauth();
  auto& out = *settings.mutable_partitions(0)->mutable_outgoing(0);
  out.set_oauth("graph");
  EXPECT_EQ(paths_of(settings), lines{"outgoing[0].login"});
}

TEST(oauth_client_rules, two_of_one_name_are_refused) {
  auto settings = with_oauth();
  auto& p = *settings.mutable_partitions(0);
  *p.add_oauth_clients() = p.oauth_clients(0);
  EXPECT_EQ(paths_of(settings), lines{"oauth_clients[1].name"});
}

TEST(oauth_client_rules, name_stored_secrets_as_servers_do) {
  const auto settings = with_oauth();
  EXPECT_EQ(users_of_secret(settings.partitions(0), "graph"), lines{"OAuth client graph"});
  const auto missing = missing_secrets(settings, [](auto&, auto&) { return false; });
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].path, "oauth_clients[0].client_secret");
  EXPECT_FALSE(secret_name("secret:" + oauth_token_name("graph")))
      << "nobody can refer to a refresh token";
}

TEST(oauth_client_rules, are_no_part_of_the_rules_that_others_may_change) {
  const auto settings = with_oauth();
  auto rules = rules_of(settings.partitions(0));
  EXPECT_EQ(rules.oauth_clients_size(), 0);
  rules.set_name("Service Desk");
  const auto next = set_rules("IT", rules).apply(settings);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->partitions(0).oauth_clients_size(), 1);
  make_app(*rules.add_oauth_clients());
  EXPECT_EQ(set_rules("IT", rules).apply(settings).code(), ec::config_invalid);
}

lines out_of_reach(const Settings& before, const Settings& after) {
  lines out;
  for (const auto& p : operator_only(before, after)) out.push_back(p.path);
  return out;
}

TEST(oauth_client_rules, with_secrets_of_the_machine_belong_to_its_operator) {
  auto before = with_oauth();
  auto after = before;
  auto& c = *after.mutable_partitions(0)->mutable_oauth_clients(0);
  c.set_client_secret("env:A");
  c.set_ca_file("/etc/ca.pem");
  EXPECT_EQ(out_of_reach(before, after),
            (lines{"oauth_clients[0].client_secret", "oauth_clients[0].ca_file"}));
  before.mutable_partitions(0)->mutable_oauth_clients(0)->set_client_secret("env:A");
  after = before;
  after.mutable_partitions(0)->mutable_oauth_clients(0)->set_tenant("evil.example");
  EXPECT_EQ(out_of_reach(before, after), lines{"oauth_clients[0].tenant"});
}

TEST(oauth_client_rules, ask_for_the_same_in_the_same_way_by_a_secret_of_the_machine) {
  auto before = with_oauth();
  before.mutable_partitions(0)->mutable_oauth_clients(0)->set_client_secret("env:A");
  auto after = before;
  auto& c = *after.mutable_partitions(0)->mutable_oauth_clients(0);
  c.set_cloud("china");
  c.set_grant("device_code");
  c.add_scopes("Files.Read.All");
  c.set_authorization_url("https://evil.example/authorize");
  c.set_device_url("https://evil.example/device");
  c.set_callback_url("https://evil.example/oauth/callback");
  const std::string at = "oauth_clients[0].";
  EXPECT_EQ(out_of_reach(before, after),
            (lines{at + "cloud", at + "grant", at + "scopes", at + "authorization_url",
                   at + "device_url", at + "callback_url"}));
  c.set_client_secret("secret:own");
  EXPECT_EQ(out_of_reach(before, after), lines{}) << "a secret of the partition is theirs to use";
}

TEST(oauth_client_rules, give_no_token_of_theirs_to_another_host) {
  auto before = with_oauth();
  before.mutable_partitions(0)->mutable_oauth_clients(0)->set_client_secret("env:A");
  auto after = before;
  after.mutable_partitions(0)->mutable_incoming(0)->set_host("mail.evil.example");
  EXPECT_EQ(out_of_reach(before, after), lines{"incoming[0].host"});
  after = before;
  after.mutable_partitions(0)->mutable_outgoing(0)->set_oauth("graph");
  EXPECT_EQ(out_of_reach(before, after), lines{"outgoing[0].oauth"});
}

TEST(oauth_client_rules, send_from_no_other_mailbox_by_a_token_of_theirs) {
  auto before = with_oauth();
  before.mutable_partitions(0)->mutable_oauth_clients(0)->set_client_secret("env:A");
  auto& was = *before.mutable_partitions(0)->mutable_outgoing(0);
  was.set_protocol("GRAPH");
  was.set_oauth("graph");
  was.clear_user();
  auto after = before;
  auto& is = *after.mutable_partitions(0)->mutable_outgoing(0);
  is.set_from("ceo@example.org");
  EXPECT_EQ(out_of_reach(before, after), lines{"outgoing[0].from"}) << "it names the mailbox";
  is.set_from(was.from());
  is.set_user("ceo@example.org");
  EXPECT_EQ(out_of_reach(before, after), lines{"outgoing[0].user"});
  was.set_user("desk@example.org");
  is.set_user("desk@example.org");
  is.set_from("it@example.org");
  EXPECT_EQ(out_of_reach(before, after), lines{}) << "`user` names it";
  is.clear_user();
  EXPECT_EQ(out_of_reach(before, after), (lines{"outgoing[0].user", "outgoing[0].from"}));
}

}  // namespace
}  // namespace postroom::partitions::test

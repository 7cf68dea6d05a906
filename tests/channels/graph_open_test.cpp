#include "channels/transcript.hpp"
#include "tests/channels/graph_client.hpp"
#include "tests/support/web_urls.hpp"

namespace postroom::channels {
namespace {

TEST(graph_open, finds_folders_by_well_known_name_display_name_and_path) {
  graph_client client;
  for (const char* path : {"Support", "Inbox/Sub", "Inbox/Sub/Deep & 'quoted'", "Archive box"})
    client.service().control({{"do", "make_folder"}, {"user", client.user()}, {"path", path}});
  for (const char* name :
       {"INBOX", "inbox", "Inbox", "archive", "sentitems", "Support", "support", "Inbox/Sub",
        "INBOX/Sub", "Inbox/Sub/Deep & 'quoted'", "Archive box", "Sent Items"}) {
    client.drop();
    client.settings.mailbox = name;
    EXPECT_TRUE(client.open()) << name;
  }
}

TEST(graph_open, tells_which_folder_is_missing) {
  graph_client client;
  for (const char* name : {"Nowhere", "Inbox/Nowhere", "Nowhere/Sub", "", "/"}) {
    client.drop();
    client.settings.mailbox = name;
    EXPECT_EQ(client.open().code(), ec::mailbox_missing) << name;
  }
}

TEST(graph_open, reads_a_shared_mailbox_by_its_address) {
  graph_client client, shared;
  shared.deliver("m1");
  client.settings.user = shared.user();
  EXPECT_EQ(client.open().code(), ec::oauth_consent_missing);
  client.service().control({{"do", "share"}, {"user", shared.user()}, {"with", client.user()}});
  client.drop();
  EXPECT_EQ(client.fetch(client.open_and_list()).brief(), lines{"1:m1"});
}

TEST(graph_open, reads_any_mailbox_with_the_permission_of_an_application) {
  graph_client client, of_user;
  of_user.deliver("m1");
  client.service().control({{"do", "token"}, {"token", client.token(1)}, {"user", nullptr}});
  client.settings.user = of_user.user();
  EXPECT_EQ(client.fetch(client.open_and_list()).brief(), lines{"1:m1"});
  client.drop();
  client.settings.user = "nobody@example.org";
  EXPECT_EQ(client.open().code(), ec::mailbox_missing);
}

TEST(graph_tokens, go_to_no_url_where_they_would_be_readable) {
  graph_client client;
  for (const char* url : support::unfit_for_secrets) {
    client.drop();
    client.settings.url = url;
    EXPECT_EQ(client.open().code(), ec::config_invalid) << url;
  }
}

TEST(graph_tokens, tries_once_more_with_a_fresh_token) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto mails = client.open_and_list();
  client.revoke(1);
  client.allow(2);
  client.settings.max_requests = 1;
  EXPECT_EQ(client.fetch({mails[0]}).brief(), lines{"1:m1"});
  EXPECT_EQ(client.fetch({mails[1]}).brief(), lines{"2:m2"});
  EXPECT_EQ(client.tokens().refused_ones(), lines{client.token(1)});
}

TEST(graph_tokens, gives_up_when_the_fresh_token_is_refused_too) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  client.revoke(1);
  client.forget();
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.end.code(), ec::auth_refused);
  EXPECT_TRUE(got.mails.empty());
  EXPECT_EQ(client.requests("value").size() +
                client.service().control({{"do", "requests"}}).at("requests").size(),
            2u);
  client.allow(3);  // somebody has signed in again
  EXPECT_EQ(client.fetch(mails).brief(), lines{"1:m1"}) << "the channel goes on";
}

TEST(graph_tokens, passes_on_why_there_is_no_token) {
  graph_client client;
  client.tokens().fail_with(fail(ec::oauth_token_revoked, "sign in again"));
  EXPECT_EQ(client.open().code(), ec::oauth_token_revoked);
  EXPECT_TRUE(client.requests().empty());
}

TEST(graph_open, says_that_it_cannot_wait) {
  graph_client client;
  ASSERT_TRUE(client.open());
  const auto r = client.wait(duration{1});
  EXPECT_EQ(r.code(), ec::unsupported);
}

TEST(graph_open, names_neither_addresses_nor_tokens_in_errors) {
  graph_client client;
  client.settings.user = "secret.person@example.org";
  const auto r = client.open();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().detail.find("person"), std::string::npos) << r.error().detail;
}

TEST(graph_open, notes_its_requests_without_their_queries_and_tokens) {
  graph_client client;
  client.settings.server.heard = std::make_shared<transcript>();
  client.deliver("m1");
  client.open_and_list();
  const auto lines = client.settings.server.heard->lines();
  ASSERT_GE(lines.size(), 2u);
  for (const auto& line : lines) {
    EXPECT_EQ(line.text.find("GET /"), 0u) << line.text;
    EXPECT_EQ(line.text.find('?'), std::string::npos) << line.text;
    EXPECT_EQ(line.text.find(client.token(1)), std::string::npos) << line.text;
  }
  EXPECT_EQ(client.settings.server.heard->reached(), transcript::step::session);
}

}  // namespace
}  // namespace postroom::channels

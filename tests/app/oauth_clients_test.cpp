#include <gtest/gtest.h>

#include "postroom/admin/v1/oauth.pb.h"
#include "tests/app/setup_fixture.hpp"

/// The configuration of OAuth clients, one by one.
namespace postroom::app {
namespace {

using namespace admin::v1;

AddOAuthRequest a_client() {
  AddOAuthRequest r;
  r.set_partition("it");
  r.mutable_client()->set_name("graph");
  r.mutable_client()->set_tenant("example.org");
  r.mutable_client()->set_client_id("app");
  r.mutable_client()->set_client_secret("env:GRAPH");
  return r;
}

struct oauth_clients : setup {
  GetOAuthResponse shown() {
    GetOAuthRequest r;
    r.set_partition("IT");
    r.set_name("graph");
    const auto got = call<GetOAuthResponse>("OAuthService/Get", r);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : GetOAuthResponse{};
  }
};

TEST_F(oauth_clients, are_added_changed_at_their_revision_and_removed) {
  ASSERT_TRUE(change("OAuthService/Add", a_client()));
  const auto before = shown();
  EXPECT_EQ(before.client().client_secret(), "env:GRAPH") << "the reference, as it was given";
  UpdateOAuthRequest u;
  u.set_partition("IT");
  u.set_name("graph");
  *u.mutable_client() = before.client();
  u.mutable_client()->set_client_id("another");
  EXPECT_EQ(refused("OAuthService/Update", u).code, ec::config_invalid) << "without a revision";
  u.set_revision(before.revision());
  ASSERT_TRUE(change("OAuthService/Update", u));
  EXPECT_EQ(shown().client().client_id(), "another");
  u.mutable_client()->set_client_id("a third");
  EXPECT_EQ(refused("OAuthService/Update", u).code, ec::outdated);
  RemoveOAuthRequest r;
  r.set_partition("IT");
  r.set_name("graph");
  r.set_revision(shown().revision());
  ASSERT_TRUE(change("OAuthService/Remove", r));
  EXPECT_EQ(refused("OAuthService/Remove", r).code, ec::outdated)
      << "as it was not for what is gone";
  r.set_name("none");
  EXPECT_EQ(refused("OAuthService/Remove", r).code, ec::not_found);
}

TEST_F(oauth_clients, of_one_partition_are_not_seen_from_another) {
  ASSERT_TRUE(change("OAuthService/Add", a_client()));
  GetOAuthRequest r;
  r.set_partition("HR");
  r.set_name("graph");
  EXPECT_EQ(call<GetOAuthResponse>("OAuthService/Get", r).code(), ec::not_found);
}

TEST_F(oauth_clients, are_set_up_at_the_command_line) {
  EXPECT_EQ(run({"oauth", "add", "it/graph", "--set", "tenant=example.org", "--set",
                 "client_id=app", "--set", "client_secret=env:GRAPH"}),
            exit_done)
      << err.str();
  EXPECT_EQ(run({"oauth", "update", "it/graph", "--set", "client_id=another"}), exit_done);
  EXPECT_EQ(shown().client().client_id(), "another");

  EXPECT_EQ(run({"oauth", "show", "IT/graph"}), exit_done);
  EXPECT_TRUE(shows("client_id: another\n")) << out.str();

  EXPECT_EQ(run({"oauth", "update", "IT/graph", "--set", "tenant=a/b"}), exit_problems);
  EXPECT_TRUE(shows("tenant: ")) << out.str() << err.str();
  EXPECT_EQ(run({"oauth", "remove", "IT/graph"}), exit_done);

  EXPECT_EQ(run({"oauth", "show", "IT/graph"}), exit_failed);
  EXPECT_TRUE(complains("`postroom oauth list IT`")) << err.str();
  EXPECT_EQ(run({"oauth", "show", "graph"}), exit_usage);
}

}  // namespace
}  // namespace postroom::app

#include "postroom/admin/v1/access.pb.h"
#include "postroom/admin/v1/audit.pb.h"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

constexpr const char* passphrase = "correct horse battery";

struct cli_access : cli {
  std::vector<std::string> typed;
  void SetUp() override {
    cli::SetUp();
    term.ask_password = [this](const std::string&) -> std::optional<std::string> {
      if (typed.empty()) return {};
      auto line = typed.front();
      typed.erase(typed.begin());
      return line;
    };
  }
  void add_ann() {
    ASSERT_EQ(
        run({"access", "roles", "put", "hr", "--grant", "view-calls:HR,IT", "--grant", "AUDIT"}),
        exit_done)
        << err.str();
    typed = {passphrase, passphrase};
    ASSERT_EQ(run({"access", "principals", "add", "ann", "--role", "hr"}), exit_done) << err.str();
  }
};

}  // namespace

TEST_F(cli_access, whoever_opens_the_socket_may_do_everything) {
  EXPECT_EQ(run({"access", "whoami"}), exit_done);
  EXPECT_TRUE(shows("machine"));
  EXPECT_TRUE(shows("SECURITY_SETUP"));
  EXPECT_TRUE(shows("VIEW_STATUS"));
}

TEST_F(cli_access, a_principal_with_a_role_is_added_listed_and_can_sign_in) {
  add_ann();
  EXPECT_EQ(out.str(), "ann is added\n");
  EXPECT_EQ(run({"access", "principals", "list"}), exit_done);
  EXPECT_TRUE(shows_row("ann active password hr"));
  EXPECT_EQ(run({"access", "roles", "list"}), exit_done);
  EXPECT_TRUE(shows_row("hr VIEW_CALLS:HR,IT AUDIT"));
  EXPECT_TRUE(registry->sign_in("ann", passphrase, "a:1"));
  EXPECT_EQ(run({"access", "principals", "disable", "ann"}), exit_done);
  EXPECT_FALSE(registry->sign_in("ann", passphrase, "a:1"));
  EXPECT_EQ(run({"access", "principals", "enable", "ann"}), exit_done);
  EXPECT_TRUE(registry->sign_in("ann", passphrase, "a:1"));
}

TEST_F(cli_access, a_password_comes_from_a_file_or_is_typed_twice_alike) {
  add_ann();
  typed = {"one passphrase", "another passphrase"};
  EXPECT_EQ(run({"access", "principals", "set-password", "ann"}), exit_failed);
  EXPECT_TRUE(complains("the two passwords differ; nothing was changed"));
  EXPECT_EQ(run({"access", "principals", "set-password", "ann"}), exit_failed);
  EXPECT_TRUE(complains("give --password-file FILE"));
  EXPECT_TRUE(registry->sign_in("ann", passphrase, "a:1"));
  const auto path = file("password", "staple it to the wall\n");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(run({"access", "principals", "set-password", "ann", "--password-file", path}),
            exit_failed);
  EXPECT_TRUE(complains("chmod 600 " + path)) << err.str();
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_EQ(run({"access", "principals", "set-password", "ann", "--password-file", path}),
            exit_done);
  EXPECT_TRUE(registry->sign_in("ann", "staple it to the wall", "a:1"));
}

TEST_F(cli_access, a_token_is_shown_once_and_works_until_it_is_revoked) {
  add_ann();
  EXPECT_EQ(run({"access", "tokens", "create", "report", "--principal", "ann", "--scope",
                 "VIEW_CALLS:HR", "--days", "30"}),
            exit_done)
      << err.str();
  const auto secret = out.str().substr(0, out.str().find('\n'));
  EXPECT_TRUE(registry->by_bearer(secret, ""));
  EXPECT_EQ(run({"access", "tokens", "list"}), exit_done);
  EXPECT_TRUE(shows_row("ann report VIEW_CALLS:HR")) << out.str();
  EXPECT_FALSE(shows(secret));
  const auto id = registry->now()->tokens.begin()->first;
  EXPECT_EQ(run({"access", "tokens", "revoke", id}), exit_done);
  EXPECT_FALSE(registry->by_bearer(secret, ""));
}

TEST_F(cli_access, a_setup_token_stands_alone_on_the_output_and_sets_the_node_up) {
  EXPECT_EQ(run({"access", "setup-token"}), exit_done);
  const auto secret = out.str().substr(0, out.str().find('\n'));
  EXPECT_EQ(out.str(), secret + "\n");
  EXPECT_TRUE(registry->set_up(secret, "ann", passphrase));
  EXPECT_EQ(run({"access", "setup-token"}), exit_failed);
  EXPECT_TRUE(complains("there are principals already"));
}

TEST_F(cli_access, what_is_wrong_is_named_and_unknown_rights_are_listed) {
  EXPECT_EQ(run({"access", "roles", "put", "x", "--grant", "EVERYTHING"}), exit_usage);
  EXPECT_TRUE(complains("--grant: \"EVERYTHING\" names no right; the rights are SYSTEM_SETUP, "));
  EXPECT_EQ(run({"access", "roles", "put", "x"}), exit_usage);
  EXPECT_EQ(run({"access", "principals", "remove", "nobody"}), exit_failed);
  EXPECT_EQ(
      err.str(),
      "postroom: there is no principal \"nobody\"; `postroom access principals list` lists them\n");
  EXPECT_EQ(run({"access", "principals"}), exit_usage);
}

TEST_F(cli_access, a_server_that_demands_reasons_keeps_them_with_who_asked_from_where) {
  settings_answer->mutable_general()->set_demand_reasons(true);
  EXPECT_EQ(run({"access", "roles", "put", "hr", "--grant", "AUDIT"}), exit_failed);
  EXPECT_TRUE(complains("reason: is blank")) << err.str();
  EXPECT_TRUE(registry->now()->roles.empty());
  EXPECT_EQ(run({"access", "roles", "put", "hr", "--grant", "AUDIT", "--reason", "a new desk"}),
            exit_done)
      << err.str();
  EXPECT_EQ(run({"access", "tokens", "revoke", "0f"}), exit_failed);
  EXPECT_TRUE(complains("reason: is blank")) << err.str();
  EXPECT_EQ(run({"audit", "--what", "role", "--json"}), exit_done) << err.str();
  const auto entries = from_json<admin::v1::ListAuditResponse>(out.str());
  ASSERT_EQ(entries.items_size(), 1);
  EXPECT_EQ(entries.items(0).unit(), "access");
  EXPECT_EQ(entries.items(0).entry().reason(), "a new desk");
  EXPECT_EQ(entries.items(0).entry().from(), "unix");
}

TEST_F(cli_access, lists_answer_in_json_without_digests) {
  add_ann();
  EXPECT_EQ(run({"access", "principals", "list", "--json"}), exit_done);
  const auto list = from_json<admin::v1::ListPrincipalsResponse>(out.str());
  ASSERT_EQ(list.principals_size(), 1);
  EXPECT_TRUE(list.principals(0).has_password());
  EXPECT_FALSE(shows("hash"));
}

}  // namespace postroom::app

#include "app/cli_files.hpp"
#include "app/cli_private.hpp"
#include "app/cli_profiles.hpp"
#include "tests/app/https_cli.hpp"

namespace postroom::app {

TEST_F(https_cli, whoever_has_signed_in_sees_what_is_theirs) {
  it.call(1, 1);
  hr.call(1, 2);
  ASSERT_EQ(sign_in(), exit_done) << err.str();
  EXPECT_TRUE(shows("ann is signed in to far"));
  EXPECT_FALSE(open_to_others(session_file(term, "far")));
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_done) << err.str();
  EXPECT_TRUE(shows("IT-000001"));
  EXPECT_FALSE(shows("HR-000001"));
  EXPECT_EQ(run({"access", "whoami", "--profile", "far"}), exit_done) << err.str();
  EXPECT_TRUE(shows("VIEW_CALLS:IT"));
}

TEST_F(https_cli, a_wrong_password_signs_nobody_in) {
  EXPECT_EQ(sign_in("a long but wrong password"), exit_failed);
  EXPECT_FALSE(std::filesystem::exists(session_file(term, "far")));
}

TEST_F(https_cli, a_password_is_typed_unseen_and_never_an_argument) {
  std::string asked;
  term.ask_password = [&](const std::string& prompt) -> std::optional<std::string> {
    asked = prompt;
    return password;
  };
  EXPECT_EQ(run({"sign-in", "ann", "--profile", "far"}), exit_done) << err.str();
  EXPECT_EQ(asked, "Password of ann: ");
  for (const auto& c : all_commands())
    for (const auto& o : c.options)
      EXPECT_TRUE(o.name != "password" && o.name != "token" && o.name != "value") << c.name;
}

TEST_F(https_cli, without_a_sign_in_and_after_it_ended_the_next_step_is_named) {
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("`postroom sign-in --profile far`")) << err.str();
  ASSERT_EQ(sign_in(), exit_done);
  registry->sign_out(*registry->by_bearer(*read_private(session_file(term, "far")), "x"));
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("the session has ended: `postroom sign-in --profile far`")) << err.str();
}

TEST_F(https_cli, a_right_that_is_missing_is_named) {
  ASSERT_EQ(sign_in(), exit_done);
  EXPECT_EQ(run({"outbox", "-p", "IT", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("this takes the right OUTBOX;")) << err.str();
  EXPECT_TRUE(complains("postroom access whoami --profile far")) << err.str();
  EXPECT_EQ(run({"audit", "head", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("the right AUDIT everywhere")) << err.str();
}

TEST_F(https_cli, signing_out_ends_the_session_here_and_there) {
  ASSERT_EQ(sign_in(), exit_done);
  const auto session = *read_private(session_file(term, "far"));
  EXPECT_EQ(run({"sign-out", "--profile", "far"}), exit_done) << err.str();
  EXPECT_FALSE(std::filesystem::exists(session_file(term, "far")));
  EXPECT_FALSE(registry->by_bearer(session, "x"));
  EXPECT_EQ(run({"sign-out", "--profile", "far"}), exit_done);
  EXPECT_TRUE(shows("nobody is signed in"));
}

TEST_F(https_cli, a_password_is_changed_by_who_knows_it) {
  ASSERT_EQ(sign_in(), exit_done);
  const auto before = secret_file("old", password);
  const auto after = secret_file("new", "another long password");
  EXPECT_EQ(run({"password", "--profile", "far", "--old-password-file", before, "--password-file",
                 after}),
            exit_done)
      << err.str();
  EXPECT_EQ(sign_in("another long password"), exit_done) << err.str();
}

TEST_F(https_cli, nobody_signs_in_to_a_socket) {
  environment["POSTROOM_SOCKET"] = socket;
  EXPECT_EQ(run({"sign-in", "ann"}), exit_failed);
  EXPECT_TRUE(complains("on an admin socket nobody signs in"));
}

TEST_F(cli, the_first_principal_is_set_up_by_the_token) {
  EXPECT_EQ(run({"access", "setup-token"}), exit_done) << err.str();
  auto token = out.str();
  const auto token_file = file("token", token);
  const auto password = file("password", "a long enough password");
  for (const auto& path : {token_file, password}) ::chmod(path.c_str(), 0600);
  EXPECT_EQ(run({"set-up", "root", "--token-file", token_file, "--password-file", password}),
            exit_done)
      << err.str();
  EXPECT_EQ(run({"access", "principals", "list"}), exit_done);
  EXPECT_TRUE(shows("root"));
  EXPECT_EQ(run({"set-up", "eve", "--token-file", token_file, "--password-file", password}),
            exit_failed);
}

}  // namespace postroom::app

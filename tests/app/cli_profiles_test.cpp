#include "app/cli_profiles.hpp"

#include "app/cli_private.hpp"
#include "tests/app/https_cli.hpp"

namespace postroom::app {

TEST_F(https_cli, profiles_are_listed_added_and_removed) {
  EXPECT_EQ(run({"profiles", "add", "near", "--socket", socket}), exit_done) << err.str();
  EXPECT_EQ(run({"profiles", "list"}), exit_done);
  EXPECT_TRUE(shows_row("far https://127.0.0.1:" + std::to_string(far_server->https_port())));
  EXPECT_TRUE(shows_row("near " + socket + " socket"));
  EXPECT_EQ(run({"calls", "--profile", "near"}), exit_done) << err.str();
  EXPECT_EQ(run({"profiles", "add", "near", "--socket", "/elsewhere"}), exit_failed);
  EXPECT_TRUE(complains("--replace"));
  EXPECT_EQ(run({"profiles", "remove", "near"}), exit_done);
  EXPECT_EQ(run({"calls", "--profile", "near"}), exit_failed);
  EXPECT_TRUE(complains("there is no profile \"near\"")) << err.str();
  EXPECT_EQ(run({"profiles", "remove", "near"}), exit_failed);
}

TEST_F(https_cli, a_profile_that_cannot_work_is_not_added) {
  EXPECT_EQ(run({"profiles", "add", "x"}), exit_failed);
  EXPECT_TRUE(complains("needs a url or a socket"));
  EXPECT_EQ(run({"profiles", "add", "../x", "--socket", "/s"}), exit_failed);
  EXPECT_TRUE(complains("name is"));
  EXPECT_EQ(run({"profiles", "add", "x", "--url", "http://plain"}), exit_failed);
  EXPECT_TRUE(complains("https://HOST"));
  EXPECT_EQ(run({"profiles", "add", "x", "--url", "https://h", "--key-file", "k"}), exit_failed);
  EXPECT_TRUE(complains("belong together"));
}

TEST_F(https_cli, the_environment_names_a_profile_and_the_command_line_another) {
  environment["POSTROOM_PROFILE"] = "nobody-knows";
  EXPECT_EQ(run({"calls"}), exit_failed);
  EXPECT_TRUE(complains("nobody-knows"));
  EXPECT_EQ(run({"calls", "--socket", socket}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--profile", "far", "--socket", socket}), exit_failed);
  EXPECT_TRUE(complains("leave --socket"));
}

TEST_F(https_cli, a_token_that_others_can_read_is_refused_with_the_remedy) {
  const auto url = "https://127.0.0.1:" + std::to_string(far_server->https_port());
  const auto token = secret_file("token", "secret", 0640);
  ASSERT_EQ(run({"profiles", "add", "t", "--url", url, "--token-file", token}), exit_done);
  EXPECT_EQ(run({"calls", "--profile", "t"}), exit_failed);
  EXPECT_TRUE(complains("chmod 600 " + token)) << err.str();
  environment["POSTROOM_PROFILES"] = secret_file(
      "open.yaml", "profiles:\n  t:\n    url: \"" + url + "\"\n    token: secret\n", 0644);
  EXPECT_EQ(run({"calls", "--profile", "t"}), exit_failed);
  EXPECT_TRUE(complains("chmod 600 ")) << err.str();
}

TEST_F(https_cli, a_problem_in_the_profiles_is_shown_at_its_line) {
  secret_file("profiles.yaml", "profiles:\n  far:\n    urll: x\n");
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("profiles.yaml:3: profiles.far.urll")) << err.str();
}

TEST_F(https_cli, what_is_wrong_with_the_connection_is_said_with_what_to_do) {
  ASSERT_EQ(add_far("other.pem"), exit_done);
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("ca_file of profile far")) << err.str();
  far_server.reset();
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("that the server runs")) << err.str();
  start("elsewhere");
  ASSERT_EQ(add_far("ca.pem"), exit_done);
  EXPECT_EQ(run({"calls", "--profile", "far"}), exit_failed);
  EXPECT_TRUE(complains("the certificate is for another host")) << err.str();
}

TEST(url, is_taken_apart_or_refused) {
  const auto plain = parse_url("https://desk.example.org");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "desk.example.org");
  EXPECT_EQ(plain->port, 443);
  const auto v6 = parse_url("https://[::1]:8443/");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 8443);
  for (const auto* wrong : {"", "http://h", "https://", "https://h:0", "https://h:99999",
                            "https://h:8443x", "https://u@h", "https://h/path", "https://::1"})
    EXPECT_FALSE(parse_url(wrong)) << wrong;
}

}  // namespace postroom::app

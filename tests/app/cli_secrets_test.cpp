#include "postroom/admin/v1/audit.pb.h"
#include "postroom/admin/v1/secrets.pb.h"
#include "tests/app/cli_fixture.hpp"
#include "tests/app/stored_secrets.hpp"

namespace postroom::app {
namespace {

struct cli_secrets : cli {
  std::string typed = "hunter2\n";
  std::string prompt;

  void SetUp() override {
    cli::SetUp();
    vault = vault_in(*engine, "a");
    settings_answer = settings_with_a_secret();
    term.read_secret = [this](const std::string& text) -> result<std::string> {
      prompt = text;
      return typed;
    };
  }
  std::string value(const secrets::place& where) const {
    const auto got = vault->reveal(where);
    return got ? std::string{got->view()} : got.error().text();
  }
};

}  // namespace

TEST_F(cli_secrets, a_secret_is_typed_unseen_and_stored_without_its_line_end) {
  EXPECT_EQ(run({"secrets", "put", "it/imap"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "IT/imap is stored; starting anew with it: it-in\n");
  EXPECT_EQ(prompt, "value of IT/imap: ");
  EXPECT_EQ(value({"IT", "imap"}), "hunter2");
  EXPECT_EQ(secrets_changed, std::vector<std::string>{"IT"});
  EXPECT_EQ(run({"secrets", "put", "IT/imap"}), exit_done);
  EXPECT_TRUE(shows("has a new value"));
}

TEST_F(cli_secrets, a_secret_may_come_from_a_file_and_never_from_the_command_line) {
  EXPECT_EQ(run({"secrets", "put", "IT/imap", "--from-file", file("pw", "from a file\r\n")}),
            exit_done);
  EXPECT_EQ(value({"IT", "imap"}), "from a file");
  EXPECT_EQ(run({"secrets", "put", "IT/imap", "--value", "hunter2"}), exit_usage);
  EXPECT_EQ(run({"secrets", "put", "IT/imap", "hunter2"}), exit_usage);
  EXPECT_EQ(run({"secrets", "put", "IT/imap", "--from-file", folder.path / "none"}), exit_failed);
  EXPECT_EQ(value({"IT", "imap"}), "from a file");
}

TEST_F(cli_secrets, no_answer_holds_the_value) {
  EXPECT_EQ(run({"secrets", "put", "IT/imap", "--json"}), exit_done);
  EXPECT_EQ(out.str().find("hunter2"), std::string::npos);
  EXPECT_EQ(run({"secrets", "list", "--partition", "IT", "--json"}), exit_done);
  EXPECT_EQ(out.str().find("hunter2"), std::string::npos);
  EXPECT_EQ(run({"audit", "--json"}), exit_done);
  EXPECT_TRUE(shows("secret stored")) << out.str();
  EXPECT_TRUE(shows("********"));
  EXPECT_EQ(out.str().find("hunter2"), std::string::npos);
}

TEST_F(cli_secrets, the_list_shows_when_by_whom_and_for_what_of_one_partition) {
  EXPECT_EQ(run({"secrets", "list", "-p", "IT"}), exit_done);
  EXPECT_EQ(out.str(), "there are no secrets\n");
  ASSERT_TRUE(vault->put({"IT", "imap"}, "x", {"olga", "", "", from_millis(1'795'442'021'042)}));
  ASSERT_TRUE(vault->put({"IT", "unused"}, "x", {"bob", "", "", from_millis(1)}));
  ASSERT_TRUE(vault->put({"HR", "other"}, "x", {"bob", "", "", from_millis(1)}));
  EXPECT_EQ(run({"secrets", "list", "-p", "IT"}), exit_done);
  EXPECT_TRUE(shows_row("imap 2026-11-23 13:53:41Z olga it-in newest")) << out.str();
  EXPECT_TRUE(shows_row("unused 1970-01-01 00:00:00Z bob - newest")) << out.str();
  EXPECT_FALSE(shows("other"));
  EXPECT_EQ(run({"secrets", "list"}), exit_usage);
}

TEST_F(cli_secrets, a_secret_in_use_is_not_removed_and_the_error_names_the_users) {
  run({"secrets", "put", "IT/imap"});
  EXPECT_EQ(run({"secrets", "remove", "IT/imap"}), exit_failed);
  EXPECT_EQ(err.str(),
            "postroom: secret IT/imap is used by it-in; let them name another one first\n");
  EXPECT_TRUE(vault->has({"IT", "imap"}));
  settings_answer->mutable_partitions(0)->mutable_incoming(0)->set_password("env:X");
  EXPECT_EQ(run({"secrets", "remove", "IT/imap"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "IT/imap is removed\n");
  EXPECT_FALSE(vault->has({"IT", "imap"}));
  EXPECT_EQ(run({"secrets", "remove", "IT/imap"}), exit_failed);
  EXPECT_TRUE(complains("there is no secret IT/imap"));
}

TEST_F(cli_secrets, a_rotation_says_what_it_did_and_fails_when_something_is_left) {
  run({"secrets", "put", "IT/imap"});
  vault = vault_in(*engine, "ba");
  EXPECT_EQ(run({"secrets", "list", "-p", "IT"}), exit_done);
  EXPECT_TRUE(shows_row("it-in old")) << out.str();
  EXPECT_EQ(run({"secrets", "rotate"}), exit_done) << err.str();
  EXPECT_TRUE(out.str().starts_with("1 now under key ")) << out.str();
  EXPECT_EQ(run({"secrets", "rotate"}), exit_done);
  EXPECT_TRUE(out.str().ends_with("1 were already\n")) << out.str();
  vault = vault_in(*engine, "c");
  EXPECT_EQ(run({"secrets", "rotate"}), exit_failed);
  EXPECT_TRUE(complains("secret IT/imap is encrypted with key"));
}

TEST_F(cli_secrets, without_a_key_the_error_says_how_to_make_one) {
  vault = vault_in(*engine, "");
  EXPECT_EQ(run({"secrets", "put", "IT/imap"}), exit_failed);
  EXPECT_TRUE(complains("openssl rand -hex 32")) << err.str();
  EXPECT_EQ(run({"secrets", "list", "-p", "IT"}), exit_done);
  EXPECT_TRUE(complains("the server has no secrets_key"));
}

TEST_F(cli_secrets, a_reason_is_given_on_and_missed_when_it_is_demanded) {
  settings_answer->mutable_general()->set_demand_reasons(true);
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"secrets", "put", "IT/new"}, {"secrets", "remove", "IT/new"}, {"secrets", "rotate"}}) {
    EXPECT_EQ(run(args), exit_failed);
    EXPECT_TRUE(complains("reason: is blank")) << err.str();
    auto with = args;
    with.insert(with.end(), {"--reason", "a new server"});
    EXPECT_EQ(run(with), exit_done) << err.str();
  }
}

TEST_F(cli_secrets, what_is_no_place_of_a_secret_is_refused) {
  for (const auto* place : {"imap", "/imap", "IT/"}) {
    EXPECT_EQ(run({"secrets", "put", place}), exit_usage) << place;
    EXPECT_TRUE(complains("is not a secret such as IT/imap-password"));
  }
  for (const auto* place : {"IT/a/b", "IT/a b", "I T/a", "WAY-TOO-LONG-ID/a"})
    EXPECT_EQ(run({"secrets", "put", place}), exit_failed) << place;
  EXPECT_TRUE(secrets_changed.empty());
}

}  // namespace postroom::app

#include "tests/app/cli_fixture.hpp"
#include "tests/app/settings_versions.hpp"

namespace postroom::app {

TEST_F(cli, history_lists_versions_newest_first_with_why_and_what) {
  store_versions(*settings_store, 3);
  EXPECT_EQ(run({"history", "--limit", "2"}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("VERSION WHEN WHO REASON CHANGED")) << out.str();
  EXPECT_TRUE(shows_row("3 2026-11-23 13:53:41Z ann reason 3 ~ IT name: a -> \uFFFD[31mb"))
      << out.str();
  EXPECT_TRUE(shows("and 4 more"));
  EXPECT_TRUE(shows("reason 2"));
  EXPECT_FALSE(shows("reason 1"));
  EXPECT_TRUE(shows("there are more: --limit N"));
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
}

TEST_F(cli, history_says_of_a_roll_back_where_it_went) {
  record::v1::SettingsVersion about;
  about.set_reason("the port is closed");
  about.set_rolled_back_to(4);
  storage::write_batch batch;
  batch.put(storage::keys::settings(1), "");
  batch.put(storage::keys::settings_version(1), about.SerializeAsString());
  ASSERT_TRUE(settings_store->commit(*settings_store->claim(), std::move(batch)));
  EXPECT_EQ(run({"history"}), exit_done);
  EXPECT_TRUE(shows_row("back to 4: the port is closed -")) << out.str();
}

TEST_F(cli, history_without_a_version_says_so_and_json_has_every_field) {
  EXPECT_EQ(run({"history"}), exit_done);
  EXPECT_EQ(out.str(), "nothing was ever configured\n");
  store_versions(*settings_store, 2);
  EXPECT_EQ(run({"history", "--json"}), exit_done);
  EXPECT_TRUE(shows("\"rolled_back_to\""));
  const auto list = from_json<admin::v1::ListVersionsResponse>(out.str());
  ASSERT_EQ(list.versions_size(), 2);
  EXPECT_EQ(list.versions(0).version(), 2u);
}

TEST_F(cli, diff_shows_one_line_a_change_between_any_two_versions) {
  store_versions(*settings_store, 3);
  EXPECT_EQ(run({"diff"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "From version 2 to version 3\n~ IT name: name 2 -> name 3\n");
  EXPECT_EQ(run({"diff", "1"}), exit_done);
  EXPECT_EQ(out.str(), "From version 1 to version 3\n~ IT name: name 1 -> name 3\n");
  EXPECT_EQ(run({"diff", "2", "1"}), exit_done);
  EXPECT_EQ(out.str(), "From version 2 to version 1\n~ IT name: name 2 -> name 1\n");
  EXPECT_EQ(run({"diff", "2", "2"}), exit_done);
  EXPECT_TRUE(shows("no differences"));
  EXPECT_EQ(run({"diff", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::DiffResponse>(out.str()).changes(0).path(), "name");
}

TEST_F(cli, a_version_that_is_no_number_or_does_not_exist_is_one_clear_line) {
  store_versions(*settings_store, 3);
  EXPECT_EQ(run({"diff", "1", "now"}), exit_usage);
  EXPECT_EQ(err.str(),
            "postroom: TO: \"now\" is not a version; use a number that `postroom history` lists\n");
  EXPECT_EQ(run({"rollback", "0", "--reason", "x"}), exit_usage);
  EXPECT_TRUE(complains("VERSION: \"0\" is not a version"));
  EXPECT_EQ(run({"diff", "9"}), exit_failed);
  EXPECT_TRUE(complains("there is no version 9 of the configuration; the newest is 3"))
      << err.str();
  EXPECT_EQ(out.str(), "");
}

TEST_F(cli, rollback_sends_version_partition_and_reason_and_shows_what_changed) {
  apply_answer.set_version(5);
  add_change(apply_answer, Change::REORDERED, "IT", "impacts", "High, Low", "Low, High");
  EXPECT_EQ(run({"rollback", "3", "--partition", "IT", "--reason", "wrong order"}), exit_done)
      << err.str();
  EXPECT_EQ(out.str(), "~ IT impacts: order High, Low -> Low, High\nsettings version 5\n");
  EXPECT_EQ(rolled_back.version(), 3u);
  EXPECT_EQ(rolled_back.partition(), "IT");
  EXPECT_EQ(rolled_back.reason(), "wrong order");
  EXPECT_EQ(rolled_back.who(), "tester");
}

TEST_F(cli, rollback_takes_a_partition_in_any_case_and_a_dry_run_needs_no_reason) {
  apply_answer.set_version(5);
  EXPECT_EQ(run({"rollback", "3", "-p", "it", "--dry-run"}), exit_done) << err.str();
  EXPECT_EQ(rolled_back.partition(), "IT");
  EXPECT_TRUE(rolled_back.dry_run());
  EXPECT_TRUE(shows("dry run: nothing was changed"));
}

TEST_F(cli, a_reason_that_is_not_text_is_refused_before_anything_is_asked) {
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"rollback", "3"}, {"outbox", "cancel", "IT/7"}, {"quarantine", "discard", "IT/7"}}) {
    auto with_reason = args;
    with_reason.insert(with_reason.end(), {"--reason", "caf\xe9"});
    EXPECT_EQ(run(with_reason), exit_usage) << args[0];
    EXPECT_TRUE(complains("--reason: the value is not UTF-8 text")) << err.str();
  }
  EXPECT_EQ(rolled_back.version(), 0u);
  EXPECT_TRUE(outbox_asked.empty() && discard_asked.empty());
}

TEST_F(cli, rollback_to_what_is_not_valid_any_more_lists_the_problems_and_exits_2) {
  auto* p = apply_answer.add_problems();
  p->set_partition("IT");
  p->set_path("matrix[0]");
  p->set_problem("is wrong");
  p->set_remedy("make it right");
  EXPECT_EQ(run({"rollback", "3", "--reason", "x"}), exit_problems);
  EXPECT_EQ(out.str(),
            "version 3 is not valid by today's rules:\n"
            "partition IT: matrix[0]: is wrong; make it right\n"
            "1 problem; nothing was changed\n");
  EXPECT_EQ(run({"rollback", "3", "--reason", "x", "--json"}), exit_problems);
  EXPECT_EQ(from_json<ApplyResponse>(out.str()).problems_size(), 1);
}

TEST_F(cli, rollback_without_a_reason_is_wrong_usage) {
  EXPECT_EQ(run({"rollback", "3"}), exit_usage);
  EXPECT_TRUE(complains("--reason is missing"));
  EXPECT_TRUE(complains("usage: postroom rollback VERSION"));
  EXPECT_EQ(rolled_back.version(), 0u);
}

TEST_F(cli, changes_are_coloured_on_a_terminal_that_shows_colours) {
  store_versions(*settings_store, 1);
  term.colour = true;
  EXPECT_EQ(run({"diff"}), exit_done);
  EXPECT_TRUE(shows("\x1b[32m+ IT: name: name 1\x1b[0m")) << out.str();
}

}  // namespace postroom::app

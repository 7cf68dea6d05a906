#include <map>

#include "tests/app/cli_fixture.hpp"

namespace postroom::app {

TEST_F(cli, no_command_stands_twice_in_the_table) {
  std::map<std::string, int> times;
  for (const auto& c : all_commands()) ++times[std::string{c.name}];
  for (const auto& [name, n] : times) EXPECT_EQ(n, 1) << name;
}

TEST_F(cli, apply_sends_what_the_files_hold_and_shows_what_changed) {
  apply_answer.set_version(4);
  add_change(apply_answer, Change::ADDED, "IT", "", "", "name: Desk");
  add_change(apply_answer, Change::CHANGED, "HR", "incoming[hr-inbox].port", "993", "1993");
  const auto it_file = file("it.yaml", partition_yaml("IT"));
  const auto general = file("general.yaml", "general:\n  default_format: PLAIN\n");
  EXPECT_EQ(run({"apply", "-f", it_file, "-f", general, "--prune"}), exit_done)
      << err.str() << out.str();
  EXPECT_EQ(out.str(),
            "+ IT: name: Desk\n~ HR incoming[hr-inbox].port: 993 -> 1993\nsettings version 4\n");
  ASSERT_EQ(applied.partitions_size(), 1);
  EXPECT_EQ(applied.partitions(0).id(), "IT");
  EXPECT_EQ(applied.general().default_format(), "PLAIN");
  EXPECT_TRUE(applied.prune());
  EXPECT_EQ(applied.who(), "tester");
  EXPECT_FALSE(applied.dry_run());
  EXPECT_EQ(applied.expected_version(), 0u);
}

TEST_F(cli, a_dry_run_of_apply_is_asked_for_and_said_to_have_changed_nothing) {
  apply_answer.set_version(4);
  add_change(apply_answer, Change::REMOVED, "IT", "offices[Leeds]", "", "");
  apply_answer.set_changes_total(3);
  const auto path = file("it.yaml", partition_yaml("IT"));
  EXPECT_EQ(run({"apply", "-f", path, "--dry-run", "--reason", "moving"}), exit_done) << err.str();
  EXPECT_EQ(out.str(),
            "- IT offices[Leeds]\nand 2 more\ndry run: nothing was changed\nsettings version 4\n");
  EXPECT_TRUE(applied.dry_run());
  EXPECT_EQ(applied.reason(), "moving");
}

TEST_F(cli, apply_without_general_settings_leaves_them_alone) {
  apply_answer.set_unchanged(true);
  EXPECT_EQ(run({"apply", "-f", file("it.yaml", partition_yaml("IT"))}), exit_done);
  EXPECT_FALSE(applied.has_general());
  EXPECT_FALSE(applied.prune());
  EXPECT_TRUE(shows("nothing to change"));
}

TEST_F(cli, apply_shows_the_servers_problems_at_file_and_line_and_exits_2) {
  auto* p = apply_answer.add_problems();
  p->set_partition("IT");
  p->set_path("matrix[0]");
  p->set_problem("is wrong");
  p->set_remedy("make it right");
  const auto path = file("it.yaml", partition_yaml("IT"));
  EXPECT_EQ(run({"apply", "-f", path}), exit_problems);
  EXPECT_EQ(out.str(),
            path + ":8: matrix[0]: is wrong; make it right\n1 problem; nothing was changed\n");
}

TEST_F(cli, apply_sends_nothing_when_the_files_have_problems) {
  const auto path = file("it.yaml", "id: IT\n");
  EXPECT_EQ(run({"apply", "-f", path}), exit_problems);
  EXPECT_TRUE(shows("nothing was changed"));
  EXPECT_EQ(applied.partitions_size(), 0);
  EXPECT_EQ(run({"apply", "-f", path, "--json"}), exit_problems);
  EXPECT_GT(from_json<ApplyResponse>(out.str()).problems_size(), 0);
}

TEST_F(cli, check_needs_no_server) {
  server->stop();
  file("it.yaml", partition_yaml("IT"));
  file("hr.yaml", partition_yaml("HR"));
  EXPECT_EQ(run({"check", "-f", folder.path}), exit_done) << out.str();
  EXPECT_EQ(out.str(), "2 partitions, no problems\n");
  file("hr.yaml", "id: HR\nname: H\n");
  EXPECT_EQ(run({"check", "-f", folder.path}), exit_problems);
  EXPECT_TRUE(shows("hr.yaml:"));
  EXPECT_EQ(run({"check", "-f", folder.path, "--json"}), exit_problems);
  const auto problems = from_json<admin::v1::CheckResponse>(out.str());
  ASSERT_GT(problems.problems_size(), 1);
  EXPECT_NE(problems.problems(0).remedy(), "");
}

TEST_F(cli, without_a_server_every_command_says_what_to_do) {
  server->stop();
  for (const auto& args : std::vector<std::vector<std::string>>{{"calls"},
                                                                {"call", "IT-1"},
                                                                {"ledger", "-m", "x"},
                                                                {"quarantine"},
                                                                {"outbox"},
                                                                {"history"},
                                                                {"diff"},
                                                                {"servers", "list"},
                                                                {"servers", "open", "x"},
                                                                {"partitions", "list"},
                                                                {"people", "list"},
                                                                {"general", "show"},
                                                                {"rollback", "1", "--reason", "x"},
                                                                {"outbox", "retry", "IT/1"},
                                                                {"quarantine", "show", "IT/1"},
                                                                {"status"}}) {
    EXPECT_EQ(run(args), exit_failed) << args[0];
    EXPECT_TRUE(complains("Is `postroom serve` running?")) << args[0];
    EXPECT_EQ(err.str().find('\n'), err.str().size() - 1) << "one line";
    EXPECT_EQ(out.str(), "");
  }
}

TEST_F(cli, the_socket_comes_from_the_option_then_node_yaml_then_the_environment) {
  const auto by_data_dir = file("data.yaml", "data_dir: " + folder.path.string() + "\n");
  const auto by_socket = file("socket.yaml", "data_dir: /nowhere\nadmin_socket: " + socket + "\n");
  environment["POSTROOM_SOCKET"] = "/nowhere/env.sock";
  EXPECT_EQ(run({"calls"}), exit_failed);
  EXPECT_TRUE(complains("/nowhere/env.sock"));
  EXPECT_EQ(run({"calls", "--config", by_data_dir}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--config", by_socket}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--socket", socket}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "--config", by_socket, "--socket", "/nowhere/opt.sock"}), exit_failed);
  EXPECT_TRUE(complains("/nowhere/opt.sock"));
  environment.clear();
  EXPECT_EQ(run({"calls"}), exit_failed);
  EXPECT_TRUE(complains("./postroom-data/admin.sock"));
}

TEST_F(cli, a_node_yaml_that_cannot_be_read_is_named) {
  EXPECT_EQ(run({"calls", "--config", folder.path / "missing.yaml"}), exit_failed);
  EXPECT_TRUE(complains("missing.yaml")) << err.str();
  EXPECT_EQ(run({"calls", "--config", file("n.yaml", "data_dirr: x\n")}), exit_failed);
  EXPECT_TRUE(complains("n.yaml:1: data_dirr")) << err.str();
}

TEST_F(cli, wrong_usage_exits_64_with_the_right_help) {
  EXPECT_EQ(run({"calls", "--limitt", "3"}), exit_usage);
  EXPECT_TRUE(complains("unknown option --limitt"));
  EXPECT_TRUE(complains("usage: postroom calls"));
  EXPECT_EQ(run({"nonsense\x1b[2J"}), exit_usage);
  EXPECT_TRUE(complains("usage: postroom COMMAND"));
  EXPECT_EQ(err.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out.str(), "");
}

TEST_F(cli, help_and_version_go_to_standard_output) {
  EXPECT_EQ(run({"--help"}), exit_done);
  EXPECT_TRUE(shows("POSTROOM_SOCKET"));
  EXPECT_EQ(run({"--version"}), exit_done);
  EXPECT_EQ(out.str().find("postroom "), 0u);
  EXPECT_EQ(run({"ledger", "--help"}), exit_done);
  EXPECT_TRUE(shows("--mailbox NAME"));
  EXPECT_EQ(err.str(), "");
}

TEST_F(cli, serve_is_given_its_node_yaml_and_its_status_is_ours) {
  std::string given;
  term.serve = [&](const std::string& path) {
    given = path;
    return 7;
  };
  EXPECT_EQ(run({"serve", "--config", "node.yaml"}), 7);
  EXPECT_EQ(given, "node.yaml");
}

TEST_F(cli, output_that_cannot_be_written_is_a_failure) {
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run({"status"}), exit_failed);
  EXPECT_TRUE(complains("could not be written"));
}

TEST_F(cli, tables_fit_the_terminal_and_are_whole_in_a_pipe) {
  it.call(1, 1, std::string(500, 's'));
  term.width = 60;
  EXPECT_EQ(run({"calls"}), exit_done);
  EXPECT_TRUE(shows("s…"));
  term.width = 0;
  EXPECT_EQ(run({"calls"}), exit_done);
  EXPECT_TRUE(shows(std::string(500, 's')));
}

}  // namespace postroom::app

#include "tests/app/setup_fixture.hpp"

namespace postroom::app {

TEST_F(setup, servers_are_listed_of_both_kinds_in_one_table) {
  EXPECT_EQ(run({"servers", "list"}), exit_done) << err.str();
  for (const auto* name : {"hr-in", "hr-out", "it-in", "it-out", "SMTP", "incoming"})
    EXPECT_TRUE(shows(name)) << out.str();
  EXPECT_EQ(run({"servers", "list", "-p", "it", "--incoming"}), exit_done);
  EXPECT_TRUE(shows("it-in"));
  EXPECT_FALSE(shows("it-out") || shows("hr-in"));
  EXPECT_EQ(run({"servers", "list", "--json", "--incoming"}), exit_done);
  EXPECT_TRUE(shows("\"opened_until\""));
}

TEST_F(setup, what_servers_show_prints_is_taken_back_by_update) {
  ASSERT_EQ(run({"servers", "show", "it-in"}), exit_done) << err.str();
  auto yaml = out.str();
  EXPECT_TRUE(yaml.starts_with("# incoming server it-in of partition IT\n# revision: ")) << yaml;
  EXPECT_EQ(run({"servers", "update", "it-in", "-f", file("a.yaml", yaml)}), exit_done);
  EXPECT_TRUE(shows("nothing to change"));
  yaml += "port: 1993\n";
  const auto path = file("b.yaml", yaml);
  EXPECT_EQ(run({"servers", "update", "it-in", "-f", path}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "+ IT incoming[it-in].port: 1993\nrevision " +
                           std::to_string(incoming("IT", "it-in").revision()) + "\n");
  EXPECT_EQ(run({"servers", "update", "it-in", "-f", path, "--set", "port=2993"}), exit_failed);
  EXPECT_TRUE(complains("is not what it was (")) << err.str();
}

TEST_F(setup, a_server_is_added_by_fields_and_removed) {
  const std::vector<std::string> args{"servers", "add",      "--incoming", "-p",           "it",
                                      "--set",   "name=pop", "--set",      "protocol=POP3"};
  EXPECT_EQ(run(args), exit_problems);
  EXPECT_TRUE(shows("partition IT: host: is missing")) << out.str();
  EXPECT_TRUE(shows("problems; nothing was changed"));
  auto all = args;
  for (const auto* set : {"host=pop.example.org", "login=pop", "password=env:POP",
                          "call_template=Email", "auth_methods=PLAIN, LOGIN", "active=false"})
    all.insert(all.end(), {"--set", set});
  EXPECT_EQ(run(all), exit_done) << out.str() << err.str();
  EXPECT_EQ(incoming("IT", "pop").server().auth_methods(1), "LOGIN");
  EXPECT_EQ(run({"servers", "remove", "pop", "--reason", "old"}), exit_done) << err.str();
  EXPECT_EQ(run({"servers", "show", "pop"}), exit_failed);
  EXPECT_EQ(err.str(),
            "postroom: there is no server pop; `postroom servers list` shows those there are\n");
}

TEST_F(setup, a_server_is_opened_and_closed_and_its_lease_is_shown) {
  EXPECT_EQ(run({"servers", "open", "it-out"}), exit_done) << err.str();
  EXPECT_TRUE(shows("# outgoing server it-out of partition IT, opened by ")) << out.str();
  EXPECT_TRUE(shows("until 2026-11-23 12:05:00Z"));
  EXPECT_EQ(run({"servers", "close", "it-out"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "it-out is closed\n");
  ASSERT_TRUE(state->leases.open({"IT", 1, "it-in"}, "bob"));
  EXPECT_EQ(run({"servers", "open", "it-in"}), exit_failed);
  EXPECT_TRUE(complains("is opened by bob until 2026-11-23T12:05:00")) << err.str();
  EXPECT_EQ(run({"servers", "open", "it-in", "--take-over", "--reason", "holiday"}), exit_done);
}

TEST_F(setup, wrong_fields_and_files_are_one_clear_line_each) {
  EXPECT_EQ(run({"servers", "update", "it-in"}), exit_usage);
  EXPECT_TRUE(complains("give the values with --file PATH, --set FIELD=VALUE or both"));
  EXPECT_EQ(run({"servers", "update", "it-in", "--set", "prot=1"}), exit_usage);
  EXPECT_TRUE(complains("prot: there is no such field; did you mean")) << err.str();
  EXPECT_EQ(run({"servers", "update", "it-in", "--set", "port=many"}), exit_usage);
  EXPECT_TRUE(complains("port: write a whole number"));
  EXPECT_EQ(run({"servers", "update", "it-in", "--set", "active"}), exit_usage);
  EXPECT_TRUE(complains("--set: write FIELD=VALUE"));
  EXPECT_EQ(run({"servers", "update", "it-in", "-f", file("x.yaml", "prot: 1\n")}), exit_usage);
  EXPECT_TRUE(complains("x.yaml:1: prot")) << err.str();
  EXPECT_EQ(run({"servers", "add", "-p", "IT", "--set", "name=x"}), exit_usage);
  EXPECT_TRUE(complains("--incoming or --outgoing"));
}

TEST_F(setup, general_settings_are_shown_and_set) {
  EXPECT_EQ(run({"general", "set", "--set", "default_format=PLAIN", "--reason", "nano"}), exit_done)
      << err.str();
  EXPECT_EQ(run({"general", "show"}), exit_done);
  const auto general = call<admin::v1::GetGeneralResponse>("EmailSettingsService/GetGeneral",
                                                           admin::v1::GetGeneralRequest{})
                           ->revision();
  EXPECT_EQ(out.str(), "# general settings\n# revision: " + std::to_string(general) +
                           "\ndefault_format: PLAIN\n");
}

TEST_F(setup, partitions_are_listed_shown_changed_renamed_and_removed) {
  EXPECT_EQ(run({"partitions", "list"}), exit_done);
  EXPECT_TRUE(shows("IT Service Desk")) << out.str();
  ASSERT_EQ(run({"partitions", "show", "it"}), exit_done) << err.str();
  EXPECT_FALSE(shows("it-in"));
  const auto path = file("it.yaml", out.str() + "# nothing else\n");
  EXPECT_EQ(run({"partitions", "update", "it", "-f", path, "--set", "name=Help"}), exit_done)
      << out.str() << err.str();
  EXPECT_EQ(out.str(), "~ IT name: IT Service Desk -> Help\nrevision " +
                           std::to_string(rules("IT").revision()) + "\n");
  EXPECT_EQ(run({"partitions", "rename", "it", "screen-set", "Software incident", "Set"}),
            exit_done)
      << err.str();
  EXPECT_EQ(rules("IT").rules().screen_sets(0).name(), "Set");
  EXPECT_EQ(run({"partitions", "rename", "it", "colour", "a", "b"}), exit_usage);
  EXPECT_TRUE(complains("KIND: \"colour\" is none"));
  EXPECT_EQ(run({"partitions", "remove", "it"}), exit_usage);
  EXPECT_EQ(run({"partitions", "remove", "it", "--reason", "moved"}), exit_done) << err.str();
  EXPECT_EQ(run({"partitions", "add", "--reuse", "-f", file("n.yaml", partition_yaml("IT"))}),
            exit_done)
      << out.str() << err.str();
}

TEST_F(setup, templates_are_put_and_removed) {
  EXPECT_EQ(run({"partitions", "put-template", "it", "Spare", "--set", "status=Incident", "--set",
                 "stream=Software", "--set", "impact=Low", "--set", "urgency=Normal"}),
            exit_done)
      << out.str() << err.str();
  EXPECT_EQ(run({"partitions", "put-template", "it", "Spare", "--set", "impact=High"}), exit_done)
      << out.str() << err.str();
  EXPECT_EQ(rules("IT").rules().templates(1).impact(), "High");
  EXPECT_EQ(rules("IT").rules().templates(1).urgency(), "Normal");
  EXPECT_EQ(run({"partitions", "remove-template", "it", "Email"}), exit_failed);
  EXPECT_TRUE(complains("is used by the incoming servers it-in")) << err.str();
  EXPECT_EQ(run({"partitions", "remove-template", "it", "Spare"}), exit_done) << err.str();
}

TEST_F(setup, people_are_listed_shown_added_changed_and_removed) {
  person("IT", "ana@it.example.org");
  EXPECT_EQ(run({"people", "list", "-p", "it"}), exit_done);
  EXPECT_TRUE(shows("IT/1") && shows("Una User") && shows("directory")) << out.str();
  EXPECT_TRUE(shows("configuration"));
  EXPECT_EQ(run({"people", "list", "--analysts", "-t", "una"}), exit_done);
  EXPECT_EQ(out.str(), "nobody\n");
  ASSERT_EQ(run({"people", "show", "it/una@example.com"}), exit_done) << err.str();
  EXPECT_TRUE(shows("# person IT/1, not in the configuration\n# revision: ")) << out.str();
  const auto path = file("una.yaml", out.str() + "format: PLAIN\n");
  EXPECT_EQ(run({"people", "update", "it/1", "-f", path}), exit_done) << err.str();
  EXPECT_TRUE(shows("+ IT people[Una User].format: PLAIN")) << out.str();
  EXPECT_EQ(run({"people", "update", "it/1", "-f", path, "--set", "name=X"}), exit_failed);
  EXPECT_TRUE(complains("somebody, or a mail, has changed")) << err.str();
  EXPECT_EQ(run({"people", "remove", "it/1", "--reason", "left"}), exit_done) << err.str();
  EXPECT_EQ(run({"people", "add", "-p", "it", "--set", "name=Bo", "--set", "addresses=bo@a.org",
                 "--set", "user=true"}),
            exit_done)
      << out.str() << err.str();
  EXPECT_EQ(run({"people", "show", "bo"}), exit_usage);
  EXPECT_TRUE(complains("\"bo\" is nobody"));
}

TEST_F(setup, texts_are_previewed_saved_or_not) {
  EXPECT_EQ(run({"partitions", "preview-text", "it", "logged", "user"}), exit_done) << err.str();
  EXPECT_EQ(out.str(),
            "  subject  [IT-000123] The printer on the second floor is jammed\n"
            "Text\nDear Jane Doe,\nyour call is IT-000123.\n"
            "HTML\nDear Jane Doe,<br>\nyour call is IT-000123.\n");
  EXPECT_EQ(
      run({"partitions", "preview-text", "it", "logged", "user", "--set", "subject={{user}}"}),
      exit_done)
      << err.str();
  EXPECT_TRUE(shows("subject  Jane Doe\nText\nDear Jane Doe,")) << out.str();
  const auto path = file("t.yaml", "text: 'Hallo {{user}}'\n");
  EXPECT_EQ(run({"partitions", "preview-text", "it", "closed", "group", "-f", path, "--language",
                 "de", "--json"}),
            exit_done)
      << err.str();
  EXPECT_TRUE(shows("\"text\": \"Hallo Jane Doe\"")) << out.str();
  EXPECT_EQ(run({"partitions", "preview-text", "it", "closed", "group", "--set", "text={user}"}),
            exit_problems);
  EXPECT_TRUE(shows("partition IT: content.text: {user} is not filled in; write {{user}}"))
      << out.str();
  store_call();
  EXPECT_EQ(run({"partitions", "preview-text", "it", "logged", "user", "--call", "it-7"}),
            exit_done)
      << err.str();
  EXPECT_TRUE(shows("your call is IT-000007.")) << out.str();
  EXPECT_EQ(run({"partitions", "preview-text", "it", "closed", "boss"}), exit_failed);
  EXPECT_TRUE(complains("use one of: user, analyst, group")) << err.str();
}

}  // namespace postroom::app

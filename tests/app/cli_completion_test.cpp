#include "app/cli_completion.hpp"

#include <cstdio>

#include <set>
#include <sstream>

#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

/// A real shell with the script; `postroom` in it answers IT and HR when asked for partitions.
struct completion : testing::Test {
  api::temp_folder folder;
  std::string script = folder.path / "script";

  std::string run(const std::string& shell, const std::string& text) const {
    const auto commands = folder.path / "commands";
    write_file(commands, text);
    std::string out;
    auto* pipe = ::popen((shell + " " + commands.string() + " 2>&1").c_str(), "r");
    if (!pipe) return "no shell";
    char buffer[4096];
    while (const auto n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
    ::pclose(pipe);
    return out;
  }

  /// What bash offers behind these words, the last of which is being typed.
  std::set<std::string> offered(const std::vector<std::string>& words) const {
    write_file(script, completion_script(all_commands(), "bash"));
    std::string text =
        "postroom() { if [ $2 = profiles ]; then echo far; else echo IT; echo HR; fi; }\nsource " +
        script + "\nCOMP_WORDS=(postroom";
    for (const auto& w : words) text += " '" + w + "'";
    text += ")\nCOMP_CWORD=" + std::to_string(words.size()) +
            "\n_postroom\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    std::istringstream lines{run("bash --norc", text)};
    std::set<std::string> out;
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) out.insert(line);
    return out;
  }
};

using words = std::set<std::string>;

}  // namespace

TEST_F(completion, bash_offers_commands_and_the_second_words_of_some) {
  EXPECT_EQ(offered({"qu"}), (words{"quarantine"}));
  EXPECT_EQ(offered({"profiles", ""}), (words{"add", "list", "remove"}));
  EXPECT_EQ(offered({"access", "ro"}), (words{"roles"}));
  EXPECT_EQ(offered({"access", "roles", ""}), (words{"list", "put", "remove"}));
  EXPECT_TRUE(offered({"outbox", ""}).contains("retry"));
  EXPECT_EQ(offered({"general", ""}), (words{"set", "show"}));
  EXPECT_TRUE(offered({"servers", "update", "--"}).contains("--profile"));
}

TEST_F(completion, bash_offers_the_options_of_the_command_and_no_others) {
  EXPECT_EQ(offered({"calls", "--su"}), (words{"--subject"}));
  EXPECT_EQ(offered({"status", "--su"}), words{});
  EXPECT_EQ(offered({"outbox", "cancel", "--rea"}), (words{"--reason"}));
  EXPECT_EQ(offered({"calls", "--json", "--wat"}), words{});
  EXPECT_EQ(offered({"status", "--json", "--wat"}), (words{"--watch"}));
  EXPECT_EQ(offered({"call", "IT-000123", "--hi"}), (words{"--history"}));
}

TEST_F(completion, bash_offers_the_partitions_that_the_server_has) {
  EXPECT_EQ(offered({"calls", "-p", ""}), (words{"HR", "IT"}));
  EXPECT_EQ(offered({"calls", "--partition", "I"}), (words{"IT"}));
}

TEST_F(completion, bash_offers_the_profiles_there_are) {
  EXPECT_EQ(offered({"status", "--profile", ""}), (words{"far"}));
}

TEST_F(completion, bash_knows_every_command_and_option_of_the_table) {
  for (const auto& c : all_commands()) {
    std::vector<std::string> typed;
    std::istringstream split{std::string{c.name}};
    for (std::string w; split >> w;) typed.push_back(w);
    typed.emplace_back("--");
    const auto got = offered(typed);
    for (const auto& o : c.options)
      EXPECT_TRUE(got.contains("--" + std::string{o.name})) << c.name << " --" << o.name;
  }
}

struct other_shell : completion, testing::WithParamInterface<const char*> {};

TEST_P(other_shell, takes_its_script) {
  const std::string shell = GetParam();
  if (run("command -v " + shell + " >/dev/null && " + shell, "echo here\n") != "here\n")
    GTEST_SKIP() << shell << " is not installed";
  write_file(script, completion_script(all_commands(), shell));
  EXPECT_EQ(run(shell + " -n " + script + " #", ""), "");
}
INSTANTIATE_TEST_SUITE_P(zsh_and_fish, other_shell, testing::Values("zsh", "fish"));

TEST_F(cli, completion_names_the_shells_it_knows) {
  EXPECT_EQ(run({"completion", "tcsh"}), exit_usage);
  EXPECT_TRUE(complains("bash, zsh or fish"));
  EXPECT_EQ(run({"completion", "fish"}), exit_done);
  EXPECT_TRUE(shows("complete -c postroom"));
}

TEST_F(cli, completion_asks_the_server_for_partitions_and_is_silent_without_one) {
  status_answer.add_partitions()->set_id("IT");
  status_answer.add_partitions()->set_id("HR");
  EXPECT_EQ(run({"completion", "partitions"}), exit_done);
  EXPECT_EQ(out.str(), "IT\nHR\n");
  server->stop();
  EXPECT_EQ(run({"completion", "partitions"}), exit_failed);
  EXPECT_EQ(out.str() + err.str(), "");
}

}  // namespace postroom::app

#include "app/cli_completion.hpp"

#include <cstdio>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

/// A real shell with the script; `postroom` in it answers IT and HR when asked for partitions.
struct completion : testing::Test {
  api::temp_folder folder;
  std::string script = folder.path / "script";

  /// Where there is nothing to complete to, and nothing of the user's.
  std::string run(const std::string& shell, const std::string& text) const {
    const auto commands = folder.path / "commands";
    const auto home = folder.path / "home";
    std::filesystem::create_directories(home);
    write_file(commands, text);
    std::string out;
    auto* pipe = ::popen(("cd " + home.string() + " && HOME=. XDG_RUNTIME_DIR=. " + shell + " " +
                          commands.string() + " 2>&1")
                             .c_str(),
                         "r");
    if (!pipe) return "no shell";
    char buffer[4096];
    while (const auto n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
    ::pclose(pipe);
    return out;
  }

  /// How the shell itself completes these words, the last of which is being typed. Zsh only does so
  /// at a terminal: there its function is called as its completion would, and tells what it adds.
  static std::string question(const std::string& shell, const std::vector<std::string>& words) {
    std::string typed = "postroom";
    std::string quoted = typed;
    for (const auto& w : words) {
      typed += " " + w;
      quoted += " '" + w + "'";
    }
    const auto place = std::to_string(words.size());
    if (shell == "fish") return "complete -C '" + typed + "'\n";
    if (shell == "zsh")
      return "words=(" + quoted + ")\nCURRENT=$((" + place + " + 1))\n_postroom\n";
    return "COMP_WORDS=(" + quoted + ")\nCOMP_CWORD=" + place +
           "\n_postroom\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  }

  std::set<std::string> offered(const std::vector<std::string>& words,
                                const std::string& shell = "bash") const {
    static const std::map<std::string, std::pair<std::string, std::string>> ways{
        {"bash",
         {"bash --norc",
          "postroom() { if [ $2 = profiles ]; then echo far; else echo IT; echo HR; fi; }\n"}},
        {"zsh",
         {"zsh -f",
          "postroom() { if [ $2 = profiles ]; then echo far; else echo IT; echo HR; fi; }\n"
          "compdef() { }\ncompadd() { shift; print -l -- \"$@\" }\n_files() { }\n"}},
        {"fish",
         {"fish --no-config",
          "function postroom\n  if test $argv[2] = profiles\n    echo far\n  else\n    echo IT\n"
          "    echo HR\n  end\nend\n"}}};
    const auto& [program, before] = ways.at(shell);
    write_file(script, completion_script(all_commands(), shell));
    std::istringstream lines{
        run(program, before + "source " + script + "\n" + question(shell, words))};
    std::set<std::string> out;
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line.starts_with(words.back())) out.insert(line);
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

struct every_shell : completion, testing::WithParamInterface<const char*> {
  words in_it(const std::vector<std::string>& typed) const { return offered(typed, GetParam()); }
};

TEST_P(every_shell, is_there_and_takes_its_script) {
  const std::string shell = GetParam();
  ASSERT_EQ(run(shell, "echo here\n"), "here\n")
      << shell << " is missing; `deploy/install-packages --tests` installs it";
  write_file(script, completion_script(all_commands(), shell));
  EXPECT_EQ(run(shell + " -n " + script + " #", ""), "");
}

TEST_P(every_shell, offers_commands_options_partitions_and_profiles) {
  EXPECT_EQ(in_it({"qu"}), (words{"quarantine"}));
  EXPECT_EQ(in_it({"access", "roles", ""}), (words{"list", "put", "remove"}));
  EXPECT_EQ(in_it({"outbox", "cancel", "--rea"}), (words{"--reason"}));
  EXPECT_EQ(in_it({"status", "--su"}), words{});
  EXPECT_EQ(in_it({"status", "--json", "--wat"}), (words{"--watch"}));
  EXPECT_EQ(in_it({"call", "IT-000123", "--hi"}), (words{"--history"}));
  EXPECT_EQ(in_it({"calls", "-p", ""}), (words{"HR", "IT"}));
  EXPECT_EQ(in_it({"status", "--profile", ""}), (words{"far"}));
}
INSTANTIATE_TEST_SUITE_P(bash_zsh_and_fish, every_shell, testing::Values("bash", "zsh", "fish"));

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

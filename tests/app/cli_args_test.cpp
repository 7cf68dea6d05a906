#include "app/cli_args.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "app/cli.hpp"

namespace postroom::app {
namespace {

parsed_args parse(const std::vector<std::string>& args) {
  return parse_args(all_commands(), args);
}

std::string message(const std::vector<std::string>& args) {
  const auto parsed = parse(args);
  const auto* wrong = std::get_if<usage_error>(&parsed);
  return wrong ? wrong->message : "no error";
}

}  // namespace

TEST(args, options_come_in_every_usual_spelling) {
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"calls", "--limit", "7", "--partition", "IT", "--json"},
           {"calls", "--limit=7", "--partition=IT", "--json"},
           {"calls", "-n", "7", "-p", "IT", "--json"}}) {
    const auto parsed = parse(args);
    const auto* in = std::get_if<invocation>(&parsed);
    ASSERT_TRUE(in);
    EXPECT_EQ(in->command().name, "calls");
    EXPECT_EQ(in->number("limit", 50), 7u);
    EXPECT_EQ(in->get("partition"), "IT");
    EXPECT_TRUE(in->has("json"));
    EXPECT_FALSE(in->has("socket"));
  }
}

TEST(args, what_is_not_given_has_its_default) {
  const auto parsed = parse({"calls"});
  EXPECT_EQ(std::get<invocation>(parsed).number("limit", 50), 50u);
  EXPECT_EQ(std::get<invocation>(parsed).get("partition"), "");
}

TEST(args, repeatable_options_keep_all_values_in_order) {
  const auto parsed = parse({"check", "-f", "b.yaml", "--file=a.yaml"});
  EXPECT_EQ(std::get<invocation>(parsed).all("file"),
            (std::vector<std::string>{"b.yaml", "a.yaml"}));
}

TEST(args, positionals_stand_anywhere_and_behind_two_hyphens_may_begin_with_one) {
  EXPECT_EQ(std::get<invocation>(parse({"call", "IT-1", "--raw"})).positional(), "IT-1");
  EXPECT_EQ(std::get<invocation>(parse({"call", "--raw", "IT-1"})).positional(), "IT-1");
  EXPECT_EQ(std::get<invocation>(parse({"call", "--", "--raw"})).positional(), "--raw");
}

TEST(args, every_mistake_is_named) {
  EXPECT_EQ(message({}), "a command is missing");
  EXPECT_EQ(message({"cals"}), "unknown command cals");
  EXPECT_EQ(message({"--verbose"}), "unknown option --verbose");
  EXPECT_EQ(message({"calls", "--partitions", "IT"}), "unknown option --partitions");
  EXPECT_EQ(message({"calls", "-x"}), "unknown option -x");
  EXPECT_EQ(message({"calls", "--limit"}), "--limit needs a value: N");
  EXPECT_EQ(message({"calls", "--limit="}), "--limit needs a value: N");
  EXPECT_EQ(message({"calls", "--limit", "many"}), "--limit: \"many\" is not a number");
  EXPECT_EQ(message({"calls", "--limit", "-1"}), "--limit: \"-1\" is not a number");
  EXPECT_EQ(message({"calls", "-n", "1", "--limit", "2"}), "--limit is given twice");
  EXPECT_EQ(message({"calls", "--json=yes"}), "--json takes no value");
  EXPECT_EQ(message({"calls", "IT"}), "unexpected argument \"IT\"");
  EXPECT_EQ(message({"call"}), "CALL is missing");
  EXPECT_EQ(message({"call", "IT-1", "IT-2"}), "unexpected argument \"IT-2\"");
  EXPECT_EQ(message({"check"}), "--file is missing");
  EXPECT_EQ(message({"ledger"}), "--mailbox is missing");
  EXPECT_EQ(message({"serve"}), "--config is missing");
}

TEST(args, help_is_found_in_every_usual_place) {
  EXPECT_EQ(std::get<help_wanted>(parse({"--help"})).command, nullptr);
  EXPECT_EQ(std::get<help_wanted>(parse({"help"})).command, nullptr);
  for (const auto& args :
       std::vector<std::vector<std::string>>{{"help", "calls"},
                                             {"calls", "--help"},
                                             {"calls", "-h"},
                                             {"calls", "--limit", "3", "--help"}})
    EXPECT_EQ(std::get<help_wanted>(parse(args)).command->name, "calls");
  EXPECT_TRUE(std::holds_alternative<version_wanted>(parse({"--version"})));
}

TEST(args, a_command_of_two_words_is_told_from_the_one_of_its_first_word) {
  EXPECT_EQ(std::get<invocation>(parse({"outbox", "--dead"})).command().name, "outbox");
  const auto retry = parse({"outbox", "retry", "IT/1", "--json"});
  EXPECT_EQ(std::get<invocation>(retry).command().name, "outbox retry");
  EXPECT_EQ(std::get<invocation>(retry).positional(), "IT/1");
  for (const auto& args : std::vector<std::vector<std::string>>{
           {"help", "outbox", "retry"}, {"outbox", "retry", "-h"}, {"outbox", "retry", "x", "-h"}})
    EXPECT_EQ(std::get<help_wanted>(parse(args)).command->name, "outbox retry");
  EXPECT_EQ(message({"outbox", "resend"}), "unexpected argument \"resend\"");
  EXPECT_EQ(message({"outbox", "retry"}), "PARTITION/ID is missing");
  EXPECT_EQ(message({"outbox", "cancel", "IT/1"}), "--reason is missing");
  EXPECT_EQ(message({"outbox", "cancel", "IT/1", "--reason", ""}), "--reason needs a value: TEXT");
  EXPECT_EQ(message({"quarantine", "discard", "IT/1"}), "--reason is missing");
  EXPECT_EQ(message({"retry"}), "unknown command retry");
}

TEST(args, help_names_every_command_and_each_option_of_a_command) {
  const auto all = program_help(all_commands());
  for (const auto& command : all_commands()) {
    EXPECT_NE(all.find("  " + std::string{command.name}), std::string::npos) << command.name;
    const auto help = command_help(command);
    for (const auto& o : command.options)
      EXPECT_NE(help.find("--" + std::string{o.name}), std::string::npos)
          << command.name << " " << o.name;
  }
}

TEST(args, positionals_in_brackets_may_be_missing_and_others_may_not) {
  const auto both = std::get<invocation>(parse({"diff", "3", "4"}));
  EXPECT_EQ(both.positional(0), "3");
  EXPECT_EQ(both.positional(1), "4");
  EXPECT_EQ(std::get<invocation>(parse({"diff"})).positional(1), "");
  EXPECT_EQ(std::get<usage_error>(parse({"diff", "1", "2", "3"})).message,
            "unexpected argument \"3\"");
  EXPECT_EQ(std::get<usage_error>(parse({"rollback", "--reason", "x"})).message,
            "VERSION is missing");
  EXPECT_EQ(std::get<usage_error>(parse({"partitions", "rename", "IT", "office", "York"})).message,
            "TO is missing");
}

TEST(args, every_option_in_the_table_can_be_parsed_as_its_help_says) {
  for (const auto& command : all_commands())
    for (const auto& o : command.options) {
      std::vector<std::string> args;
      std::istringstream words{std::string{command.name}};
      for (std::string word; words >> word;) args.push_back(word);
      std::istringstream places{std::string{command.positional}};
      for (std::string place; places >> place;) args.emplace_back("x");
      for (const auto& needed : command.options)
        if (needed.required && needed.name != o.name)
          args.insert(args.end(), {"--" + std::string{needed.name}, "1"});
      args.push_back("--" + std::string{o.name});
      EXPECT_EQ(o.kind == option_kind::flag, o.value_name.empty()) << command.name << " " << o.name;
      if (o.kind != option_kind::flag) args.emplace_back("1");
      const auto parsed = parse(args);
      ASSERT_TRUE(std::holds_alternative<invocation>(parsed)) << command.name << " " << o.name;
      EXPECT_TRUE(std::get<invocation>(parsed).has(o.name));
    }
}

TEST(args, the_usage_line_shows_what_is_required) {
  for (const auto& command : all_commands()) {
    if (command.name == "check") {
      EXPECT_EQ(usage_line(command), "usage: postroom check -f PATH [-f PATH ...] [--json]\n");
    }
    if (command.name == "outbox cancel") {
      EXPECT_EQ(usage_line(command),
                "usage: postroom outbox cancel PARTITION/ID --reason TEXT [--json] "
                "[--socket PATH] [-c FILE] [--profile NAME]\n");
    }
    if (command.name == "call") {
      EXPECT_EQ(usage_line(command),
                "usage: postroom call CALL [--full] [--raw] [--html] [--attachment N] [--update N] "
                "[-o FILE] [--force] [--history] [--json] [--socket PATH] "
                "[-c FILE] [--profile NAME]\n");
    }
  }
}

}  // namespace postroom::app

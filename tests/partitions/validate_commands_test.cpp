#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

using namespace postroom::partitions;
using postroom::config::v1::Partition;

namespace {

/// A partition in which everything about commands is right.
Partition with_commands() {
  auto p = test::valid_partition();
  p.mutable_commands()->set_active(true);
  p.mutable_people(0)->set_mail_commands(true);
  p.mutable_incoming(0)->add_authserv_ids("mx.example.org");
  return p;
}

std::vector<problem> found_in(const Partition& p) {
  postroom::config::v1::Settings s;
  *s.add_partitions() = p;
  return validate(s);
}

struct row {
  const char* name;
  void (*bend)(Partition&);
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

auto* commands(Partition& p) {
  return p.mutable_commands();
}
auto* limits(Partition& p) {
  return p.mutable_answer_limits();
}

// clang-format off
#define BEND [](Partition & p)

const row rows[] = {
    {"keyword_of_two_words", BEND { commands(p)->set_log("log it"); },
     "commands.log", R"("log it" is not one word)", "without blanks"},
    {"keyword_with_a_control_character", BEND { commands(p)->set_update("#u\x01"); },
     "commands.update", R"("#u?" holds control characters)", "printable"},
    {"keyword_of_33_bytes", BEND { commands(p)->set_close(std::string(33, 'c')); },
     "commands.close", R"("ccccccccccccccccccccccccccccccccc" has 33 bytes)", "at most 32"},
    {"keyword_like_an_answer", BEND { commands(p)->set_reopen("Re:open"); },
     "commands.reopen", R"("Re:open" begins like an answer)", "another word"},
    {"keyword_twice", BEND { commands(p)->set_summary("#LOG"); },
     "commands.summary", R"("#LOG" is the keyword of `log` already)", "a word of its own"},
    {"keyword_twice_beyond_ascii",
     BEND { commands(p)->set_log("schließen"); commands(p)->set_close("SCHLIESSEN"); },
     "commands.close", R"("SCHLIESSEN" is the keyword of `log` already)", "a word of its own"},
    {"keywords_are_checked_while_they_are_off",
     BEND { commands(p)->set_active(false); commands(p)->set_summary("#log"); },
     "commands.summary", R"("#log" is the keyword of `log` already)", "a word of its own"},
    {"label_with_a_colon", BEND { commands(p)->set_log_for("for:"); },
     "commands.log_for", R"("for:" has a colon or blanks around it)", "such as for"},
    {"label_of_33_bytes", BEND { commands(p)->set_log_for(std::string(33, 'c')); },
     "commands.log_for", R"("ccccccccccccccccccccccccccccccccc" has 33 bytes)", "at most 32"},
    {"nobody_may_send_commands", BEND { p.mutable_people(0)->set_mail_commands(false); },
     "commands.active", "is on, but no active analyst may send commands",
     "set `mail_commands: true` for an analyst"},
    {"nobody_active_may_send_commands", BEND { p.mutable_people(0)->set_active(false);
       p.mutable_incoming(0)->clear_default_logging_analyst(); },
     "commands.active", "is on, but no active analyst may send commands", "switch commands off"},
    {"nobody_proves_senders", BEND { p.mutable_incoming(0)->clear_authserv_ids(); },
     "commands.active", "is on, but no active incoming server can prove who a sender is",
     "`authserv_ids`"},
    {"commands_of_a_user",
     BEND { test::add_person(p, "Una", "una@example.org", false)->set_mail_commands(true); },
     "people[1].mail_commands", R"("Una" is no analyst)", "set `analyst: true`"},
    {"window_too_short", BEND { limits(p)->set_window("59s"); },
     "answer_limits.window", R"("59s" is out of range)", "from 1m to 7d"},
    {"no_answers_to_a_sender", BEND { limits(p)->set_per_sender(0); },
     "answer_limits.per_sender", "0 is out of range", "leave texts.acknowledgement blank"},
    {"too_many_answers_to_a_domain", BEND { limits(p)->set_per_domain(100'001); },
     "answer_limits.per_domain", "100001 is out of range", "from 1 to 100000"},
    {"no_answers_of_the_partition", BEND { limits(p)->set_partition(0); },
     "answer_limits.partition", "0 is out of range", "from 1 to 100000"},
    {"flood_after_too_many", BEND { limits(p)->set_flood_after(10'001); },
     "answer_limits.flood_after", "10001 is out of range", "or 0 for never"},
    {"flood_of_a_domain_after_too_many", BEND { limits(p)->set_flood_domain_after(100'001); },
     "answer_limits.flood_domain_after", "100001 is out of range", "or 0 for never"},
    {"flood_of_a_mailbox_after_too_many", BEND { limits(p)->set_flood_mailbox_after(100'001); },
     "answer_limits.flood_mailbox_after", "100001 is out of range", "or 0 for never"},
    {"no_answers_to_commands", BEND { limits(p)->set_commands(0); },
     "answer_limits.commands", "0 is out of range", "from 1 to 100000"},
    {"no_notifications_of_a_call", BEND { limits(p)->set_per_call(0); },
     "answer_limits.per_call", "0 is out of range", "from 1 to 100000"},
    {"no_notifications_to_anybody", BEND { limits(p)->set_per_recipient(0); },
     "answer_limits.per_recipient", "0 is out of range", "from 1 to 100000"},
    {"no_notifications_at_all", BEND { limits(p)->set_notifications(0); },
     "answer_limits.notifications", "0 is out of range", "from 1 to 100000"},
    {"flood_window_too_long", BEND { limits(p)->set_flood_window("25h"); },
     "answer_limits.flood_window", R"("25h" is out of range)", "from 1m to 1d"},
};
// clang-format on

class command_rule : public testing::TestWithParam<row> {};

TEST_P(command_rule, is_found_alone_with_its_place_and_remedy) {
  const auto& r = GetParam();
  auto p = with_commands();
  r.bend(p);
  const auto problems = found_in(p);
  for (const auto& f : problems) SCOPED_TRACE(f.path + ": " + f.what + " (" + f.remedy + ")");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, r.path);
  EXPECT_EQ(problems[0].what, r.what);
  EXPECT_NE(problems[0].remedy.find(r.remedy), std::string::npos) << problems[0].remedy;
}

INSTANTIATE_TEST_SUITE_P(commands, command_rule, testing::ValuesIn(rows),
                         [](const auto& r) { return std::string{r.param.name}; });

TEST(command_rules, what_is_right_is_found_right_at_its_bounds_too) {
  EXPECT_TRUE(found_in(with_commands()).empty());
  auto p = with_commands();
  commands(p)->set_close(std::string(32, 'c'));
  limits(p)->set_window("7d");
  limits(p)->set_per_sender(1);
  limits(p)->set_per_domain(100'000);
  limits(p)->set_flood_after(0);
  limits(p)->set_flood_domain_after(0);
  limits(p)->set_flood_mailbox_after(100'000);
  limits(p)->set_flood_window("1m");
  EXPECT_TRUE(found_in(p).empty());
}

}  // namespace

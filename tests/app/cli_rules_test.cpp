#include "tests/app/cli_fixture.hpp"
#include "tests/partitions/fixtures.hpp"

namespace postroom::app {
namespace {

struct cli_rules : cli {
  cli_rules() {
    settings_answer = partitions::test::valid_settings();
    auto& r = *settings_answer->mutable_partitions(0)->add_rules();
    r.set_name("Red");
    r.add_when()->set_field("subject");
    r.mutable_when(0)->set_contains("red");
    r.mutable_then()->set_suppress("colour");
    record::v1::RuleHits h;
    h.set_rule("Red");
    h.set_hits(12);
    h.set_last_at(1'795'442'021'042);
    it.put(storage::keys::rule_hits("Red"), h.SerializeAsString());
    const std::string raw = "From: una@example.com\r\nSubject: red \x1b[1m\r\n\r\nx\r\n";
    it.mail(7, {raw}, raw.size());
  }
};

TEST_F(cli_rules, are_listed_with_how_often_and_when_they_fitted) {
  EXPECT_EQ(run({"rules", "list", "--partition", "it"}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("RULE HITS FIRST LAST")) << out.str();
  EXPECT_TRUE(shows_row("Red 12 - 2026-11-23 13:53:41Z")) << out.str();
  EXPECT_EQ(run({"rules", "list", "--partition", "it", "--json"}), exit_done);
  EXPECT_TRUE(shows(R"("rule": "Red")")) << out.str();
}

TEST_F(cli_rules, of_which_there_are_none_are_told_in_words) {
  settings_answer = partitions::test::valid_settings();
  it.erase(storage::keys::rule_hits("Red"));
  EXPECT_EQ(run({"rules", "list", "-p", "IT"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "the partition has no routing rules\n");
}

TEST_F(cli_rules, are_tried_and_the_mails_that_fit_are_shown_printable) {
  EXPECT_EQ(run({"rules", "try", "-p", "IT"}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("MAIL BECOMES RULES DOES SUBJECT")) << out.str();
  EXPECT_TRUE(shows_row("IT/7 suppressed:colour Red - red")) << out.str();
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  EXPECT_TRUE(shows("looked at 1 mail, 1 of them fit a rule\n")) << out.str();
}

TEST_F(cli_rules, of_a_draft_are_tried_or_their_problems_are_listed) {
  const auto draft = [&](const std::string& rules) {
    return file("it.yaml", partition_yaml("IT") + "rules: " + rules + "\n");
  };
  const auto good =
      draft("[{name: Una, when: [{field: from, contains: una, not: false}], then: {tags: [una]}}]");
  EXPECT_EQ(run({"rules", "try", "-p", "IT", "--draft", good}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("IT/7 logged Una tags una red")) << out.str();
  const auto bad = draft("[{name: Una, when: [{field: from, matches: '('}], then: {tags: [una]}}]");
  EXPECT_EQ(run({"rules", "try", "-p", "IT", "--draft", bad}), exit_problems) << err.str();
  EXPECT_TRUE(shows("rules[0].when[0].matches")) << out.str();
  EXPECT_EQ(run({"rules", "try", "-p", "IT", "--draft", draft("[]")}), exit_failed);
  EXPECT_TRUE(complains("the file has no `rules` of partition IT")) << err.str();
}

}  // namespace
}  // namespace postroom::app

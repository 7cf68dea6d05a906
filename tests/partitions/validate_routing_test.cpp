#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::Partition;
using config::v1::RoutingRule;
using config::v1::Settings;

struct row {
  const char* name;
  void (*bend)(Partition&, RoutingRule&, Settings&);
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

auto* when(RoutingRule& r) {
  return r.mutable_when(0);
}

/// IT has one rule, "Fire", which is fine.
Settings with_a_rule() {
  auto s = two_partitions();
  auto& r = *s.mutable_partitions(0)->add_rules();
  r.set_name("Fire");
  r.add_when()->set_field("subject");
  when(r)->set_contains("fire");
  r.mutable_then()->set_impact("High");
  r.mutable_then()->set_urgency("Urgent");
  r.mutable_then()->set_group("First line");
  r.mutable_then()->set_template_("Email");
  r.mutable_then()->set_forward("fire.brigade@example.net");
  return s;
}

// clang-format off
#define BEND [](Partition & p [[maybe_unused]], RoutingRule & r [[maybe_unused]], Settings & s [[maybe_unused]])

const row rule_rows[] = {
    {"name_blank", BEND { r.clear_name(); }, "rules[0].name", "is blank", "give it a name"},
    {"name_twice", BEND { *p.add_rules() = r; },
     "rules[1].name", R"("Fire" is the name of another rule too)", "hits are counted by it"},
    {"does_nothing", BEND { r.clear_then(); }, "rules[0]", "does nothing", "`stop: true`"},
    {"field_missing", BEND { when(r)->clear_field(); },
     "rules[0].when[0].field", "is missing", "use one of: from, to, cc"},
    {"field_unknown", BEND { when(r)->set_field("Subject"); },
     "rules[0].when[0].field", R"("Subject" is unknown)", "use one of: from, to, cc"},
    {"no_test", BEND { when(r)->clear_contains(); },
     "rules[0].when[0]", "has no test", "use one of: is, contains, matches"},
    {"two_tests", BEND { when(r)->set_is("x"); },
     "rules[0].when[0]", "has 2 tests", "one condition for each"},
    {"above_of_a_text", BEND { when(r)->clear_contains(); when(r)->set_above("3"); },
     "rules[0].when[0].above", "does not go with the field subject", "use one of: is, contains, matches"},
    {"matches_of_a_number", BEND { when(r)->clear_contains(); when(r)->set_matches("3"); when(r)->set_field("attachments"); },
     "rules[0].when[0].matches", "does not go with the field attachments", "use one of: is, above, below"},
    {"contains_of_a_word", BEND { when(r)->set_field("trust"); },
     "rules[0].when[0].contains", "does not go with the field trust", "use one of: is"},
    {"pattern_wrong", BEND { when(r)->clear_contains(); when(r)->set_matches("(fire"); },
     "rules[0].when[0].matches", R"("(fire" is no regular expression: missing ): (fire)", "`contains`"},
    {"pattern_with_a_back_reference", BEND { when(r)->clear_contains(); when(r)->set_matches("(a)\\1"); },
     "rules[0].when[0].matches", R"("(a)\1" is no regular expression: invalid escape sequence: \1)", "RE2"},
    {"pattern_too_large", BEND { when(r)->clear_contains(); when(r)->set_matches("((a{100}){10}){10}"); },
     "rules[0].when[0].matches", R"("((a{100}){10}){10}" is no regular expression: invalid repetition size: {10})", "RE2"},
    {"size_wrong", BEND { when(r)->clear_contains(); when(r)->set_field("size"); when(r)->set_above("big"); },
     "rules[0].when[0].above", R"("big" is no size)", "512KiB"},
    {"number_wrong", BEND { when(r)->clear_contains(); when(r)->set_field("spam_score"); when(r)->set_above("5x"); },
     "rules[0].when[0].above", R"("5x" is no number)", "7.5"},
    {"word_wrong", BEND { when(r)->clear_contains(); when(r)->set_field("trust"); when(r)->set_is("none"); },
     "rules[0].when[0].is", R"("none" is unknown)", "use one of: aligned, unaligned, unchecked"},
    {"origin_wrong", BEND { when(r)->clear_contains(); when(r)->set_field("origin"); when(r)->set_is("human"); },
     "rules[0].when[0].is", R"("human" is unknown)", "use one of: person, auto_reply"},
    {"header_missing", BEND { when(r)->set_field("header"); },
     "rules[0].when[0].header", "is missing", "such as X-Priority"},
    {"header_wrong", BEND { when(r)->set_field("header"); when(r)->set_header("X-Prio:"); },
     "rules[0].when[0].header", R"("X-Prio:" is no name of a header field)", "only the name"},
    {"header_of_another_field", BEND { when(r)->set_header("X-Prio"); },
     "rules[0].when[0].header", "is for the field `header` only", "`field: header`"},
    {"a_disabled_rule_is_checked_too", BEND { r.set_disabled(true); r.mutable_then()->set_impact("Huge"); },
     "rules[0].then.impact", R"("Huge" is not in `impacts`)", "use one of: High, Low"},
    {"template_unknown", BEND { r.mutable_then()->set_template_("Web"); },
     "rules[0].then.template", R"("Web" is not in `templates`)", "use one of: Email"},
    {"urgency_unknown", BEND { r.mutable_then()->set_urgency("Never"); },
     "rules[0].then.urgency", R"("Never" is not in `urgencies`)", "use one of: Urgent, Normal"},
    {"group_unknown", BEND { r.mutable_then()->set_group("Nobody"); },
     "rules[0].then.group", R"("Nobody" is not in `groups`)", "use one of: First line"},
    {"tag_blank", BEND { r.mutable_then()->add_tags(""); }, "rules[0].then.tags[0]", "is blank", "name"},
    {"tag_of_two_lines", BEND { r.mutable_then()->add_tags("a\nb"); },
     "rules[0].then.tags[0]", R"("a?b" holds control characters)", "one line"},
    {"reason_is_no_word", BEND { r.mutable_then()->set_suppress("No Thanks"); },
     "rules[0].then.suppress", R"("No Thanks" is no reason for the ledger)", "a word of a-z and _"},
    {"reason_with_a_meaning", BEND { r.mutable_then()->set_suppress("duplicate"); },
     "rules[0].then.suppress", R"("duplicate" has a meaning of its own in the ledger)", "another word"},
    {"reason_of_a_check", BEND { r.mutable_then()->set_quarantine("spam"); },
     "rules[0].then.quarantine", R"("spam" has a meaning of its own in the ledger)", "another word"},
    {"reason_of_an_error", BEND { r.mutable_then()->set_quarantine("mail_too_large"); },
     "rules[0].then.quarantine", R"("mail_too_large" has a meaning of its own in the ledger)", "another word"},
    {"suppress_and_quarantine", BEND { r.mutable_then()->set_quarantine("odd"); r.mutable_then()->set_suppress("odd"); },
     "rules[0].then", "has both `suppress` and `quarantine`", "keep one"},
    {"forward_is_no_address", BEND { r.mutable_then()->set_forward("fire brigade"); },
     "rules[0].then.forward", R"("fire brigade" is no mail address)", "such as helpdesk@example.org"},
    {"forward_to_itself", BEND { r.mutable_then()->set_forward("IT@example.org"); },
     "rules[0].then.forward",
     R"("IT@example.org" is an address that partition IT reads or sends from: mails would go round)",
     "does not read"},
    {"forward_to_another_partition", BEND { r.mutable_then()->set_forward("hr@example.org"); },
     "rules[0].then.forward",
     R"("hr@example.org" is an address that partition HR reads or sends from: mails would go round)",
     "does not read"},
    {"too_many_patterns", BEND {
       when(r)->clear_contains();
       when(r)->set_matches("x");
       for (int i = 1; i < 20; ++i) *r.add_when() = *when(r);
       const auto model = r;
       for (int i = 1; i < 11; ++i) { *p.add_rules() = model; p.mutable_rules(i)->set_name(std::to_string(i)); }
     }, "rules", "have 220 regular expressions together", "keep at most 200"},
};

const row other_rows[] = {
    {"allow_wrong", BEND { p.mutable_senders()->add_allow("example.org"); },
     "senders.allow[0]", R"("example.org" is no entry of a sender list)", "@example.org for all"},
    {"deny_wrong", BEND { p.mutable_senders()->add_deny("*@example.org"); p.mutable_senders()->add_deny("*.bad domain"); p.mutable_senders()->mutable_deny()->DeleteSubrange(0, 1); },
     "senders.deny[0]", R"("*.bad domain" is no entry of a sender list)", "*.example.org for it"},
    {"denied_wrong", BEND { p.mutable_senders()->set_denied("drop"); },
     "senders.denied", R"("drop" is unknown)", "use one of: quarantine, suppress"},
    {"only_allowed_without_any", BEND { p.mutable_senders()->set_only_allowed(true); },
     "senders.allow", "is empty, and `only_allowed` refuses all others", "who may write"},
    {"size_of_attachments", BEND { p.mutable_attachments()->set_max_size("2GiB"); },
     "attachments.max_size", R"("2GiB" is out of range)", "from 1 to 1GiB"},
    {"count_of_attachments", BEND { p.mutable_attachments()->set_max_count(1001); },
     "attachments.max_count", "1001 is out of range", "up to 1000"},
    {"type_of_attachments", BEND { p.mutable_attachments()->add_block_types("video"); },
     "attachments.block_types[0]", R"("video" is no content type)", "video/*"},
    {"name_of_attachments", BEND { p.mutable_attachments()->add_block_names(" "); },
     "attachments.block_names[0]", "is blank", "*.exe"},
    {"action_of_attachments", BEND { p.mutable_attachments()->set_action("drop"); },
     "attachments.action", R"("drop" is unknown)", "use one of: keep, strip, quarantine"},
    {"spam_header_that_nobody_writes", BEND { p.mutable_scanning()->set_spam_header("X-Spam-Score"); p.mutable_scanning()->set_spam_above("15"); },
     "scanning.spam_header", "is never believed: no incoming server names its `authserv_ids`",
     "cannot be forged"},
    {"spam_anywhere_without_a_header", BEND { p.mutable_scanning()->set_spam_header_anywhere(true); },
     "scanning.spam_header", "is missing, although there is `spam_header_anywhere`",
     "such as X-Spam-Score"},
};

#undef BEND
// clang-format on

class validate_routing : public testing::TestWithParam<row> {};

TEST_P(validate_routing, finds_it_alone_with_its_place_and_remedy) {
  const auto& r = GetParam();
  auto s = with_a_rule();
  auto& p = *s.mutable_partitions(0);
  r.bend(p, *p.mutable_rules(0), s);
  const auto problems = validate(s);
  for (const auto& found : problems)
    SCOPED_TRACE(found.path + ": " + found.what + " (" + found.remedy + ")");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, r.path);
  EXPECT_EQ(problems[0].what, r.what);
  EXPECT_NE(problems[0].remedy.find(r.remedy), std::string::npos) << problems[0].remedy;
}

std::string name_of(const testing::TestParamInfo<row>& r) {
  return r.param.name;
}
INSTANTIATE_TEST_SUITE_P(rules, validate_routing, testing::ValuesIn(rule_rows), name_of);
INSTANTIATE_TEST_SUITE_P(others, validate_routing, testing::ValuesIn(other_rows), name_of);

TEST(validate_rules_of_routing, has_nothing_against_a_good_one) {
  const auto problems = validate(with_a_rule());
  EXPECT_TRUE(problems.empty()) << problems.at(0).path << ' ' << problems.at(0).what;
}

TEST(validate_rules_of_routing, want_no_border_where_a_spam_score_counts_anywhere) {
  auto s = with_a_rule();
  auto& scanning = *s.mutable_partitions(0)->mutable_scanning();
  scanning.set_spam_header("X-Spam-Score");
  scanning.set_spam_above("15");
  scanning.set_spam_header_anywhere(true);
  EXPECT_TRUE(validate(s).empty());
}

TEST(validate_rules_of_routing, tells_of_a_loop_over_another_partition_only_to_who_may_know_it) {
  auto s = with_a_rule();
  auto& then = *s.mutable_partitions(0)->mutable_rules(0)->mutable_then();
  then.set_forward("hr@example.org");
  EXPECT_TRUE(validate(s).at(0).across);
  then.set_forward("it@example.org");
  EXPECT_FALSE(validate(s).at(0).across);
}

TEST(validate_rules_of_routing, finds_a_hole_of_the_matrix_that_only_rules_lead_to) {
  auto s = with_a_rule();
  s.mutable_partitions(0)->mutable_matrix(0)->mutable_priority()->erase("Normal");
  ASSERT_EQ(validate(s).size(), 1u);
  EXPECT_EQ(validate(s)[0].path, "matrix[0].priority.Normal");
}

}  // namespace
}  // namespace postroom::partitions::test

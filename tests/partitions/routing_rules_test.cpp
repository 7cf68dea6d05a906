#include "partitions/validate.hpp"
#include "tests/partitions/routing_fixture.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::RuleCondition;
using names = std::vector<std::string>;

struct row {
  const char* name;
  const char* field;
  const char* test;
  const char* value;
  bool holds;
  const char* header = "";
};

// clang-format off
const row rows[] = {
    {"from_is", "from", "is", "sam@EXAMPLE.com", true},
    {"from_is_whole", "from", "is", "example.com", false},
    {"from_contains", "from", "contains", "@example.COM", true},
    {"from_matches", "from", "matches", "^sam@", true},
    {"from_is_no_name", "from", "contains", "sam ple", false},
    {"to_is", "to", "is", "it@example.org", true},
    {"cc_any_of_several", "cc", "is", "b@example.org", true},
    {"cc_none", "cc", "is", "c@example.org", false},
    {"envelope_from", "envelope_from", "is", "bounce@example.com", true},
    {"envelope_to", "envelope_to", "is", "it@example.org", true},
    {"envelope_to_of_another_field", "envelope_to", "is", "help@example.org", true},
    {"envelope_to_that_the_sender_wrote", "envelope_to", "is", "boss@example.org", false},
    {"subject_contains", "subject", "contains", "ON FIRE", true},
    {"subject_in_other_letters", "subject", "contains", "STRASSE", true},
    {"subject_matches_in_any_case", "subject", "matches", R"(^printer\b.*straße$)", true},
    {"text_contains", "text", "contains", "can not print", true},
    {"text_matches", "text", "matches", "broken|burnt", true},
    {"text_matches_not", "text", "matches", "burnt", false},
    {"header_is_decoded", "header", "is", "büro", true, "x-team"},
    {"header_second_value", "header", "is", "two", true, "X-Team"},
    {"header_absent", "header", "matches", ".", false, "X-Gone"},
    {"size_above", "size", "above", "4KiB", true},
    {"size_not_above_itself", "size", "above", "5000", false},
    {"size_below", "size", "below", "5KiB", true},
    {"size_is", "size", "is", "5000", true},
    {"attachment_name", "attachment_name", "matches", R"(\.pdf$)", true},
    {"attachment_type", "attachment_type", "is", "image/png", true},
    {"attachments_above", "attachments", "above", "1", true},
    {"attachments_below", "attachments", "below", "2", false},
    {"trust", "trust", "is", "aligned", true},
    {"origin", "origin", "is", "list", true},
    {"language", "language", "is", "en", true},
    {"server", "server", "is", "it-in", true},
    {"spam_score", "spam_score", "above", "7", true},
    {"spam_score_below", "spam_score", "below", "7.2", false},
    {"tag", "tag", "is", "infected", true},
};
// clang-format on

void set(RuleCondition& c, const std::string& test, const std::string& value) {
  if (test == "is") c.set_is(value);
  if (test == "contains") c.set_contains(value);
  if (test == "matches") c.set_matches(value);
  if (test == "above") c.set_above(value);
  if (test == "below") c.set_below(value);
}

struct conditions : routing_test, testing::WithParamInterface<row> {
  conditions() {
    mail.subject = "Printer on fire in Straße";
    mail.cc = {{"", "a@example.org"}, {"", "b@example.org"}};
    mail.attachments = {{"A.PDF", "application/pdf", 10, false, ""},
                        {"b.png", "image/png", 5, false, ""}};
    mail.author.kind = mail::origin::list;
    trust.kind = mail::trust::aligned;
    scanned = {"infected"};
    config.mutable_scanning()->set_spam_header("X-Spam-Score");
    config.mutable_scanning()->set_spam_above("100");
    header =
        "Return-Path: <bounce@example.com>\r\nDelivered-To: it@example.org\r\n"
        "X-Original-To: help@example.org\r\nX-Spam-Score: 7.2\r\n" +
        header + "X-Team: two\r\nDelivered-To: boss@example.org\r\n";
  }
};

TEST_P(conditions, hold_for_what_they_say_and_not_for_the_opposite) {
  const auto& r = GetParam();
  auto& c = *rule("r").add_when();
  c.set_field(r.field);
  c.set_header(r.header);
  set(c, r.test, r.value);
  config.mutable_rules(0)->mutable_then()->add_tags("hit");
  EXPECT_EQ(routed().rules.size(), r.holds ? 1u : 0u);
  config.mutable_rules(0)->mutable_when(0)->set_not_(true);
  EXPECT_EQ(routed().rules.size(), r.holds ? 0u : 1u) << "with `not`";
}
std::string name_of(const testing::TestParamInfo<row>& r) {
  return r.param.name;
}
INSTANTIATE_TEST_SUITE_P(all, conditions, testing::ValuesIn(rows), name_of);

TEST_F(conditions, of_every_row_are_valid_configuration) {
  config.mutable_incoming(0)->add_authserv_ids("mx.example.org");
  for (const auto& r : rows) {
    auto& added = rule(r.name);
    auto& c = *added.add_when();
    c.set_field(r.field);
    c.set_header(r.header);
    set(c, r.test, r.value);
    added.set_stop(true);
  }
  config::v1::Settings s;
  *s.add_partitions() = config;
  for (const auto& p : validate(s)) ADD_FAILURE() << p.path << ' ' << p.what;
}

struct routing_rules : routing_test {};

TEST_F(routing_rules, every_condition_must_hold_and_a_rule_without_any_is_for_every_mail) {
  auto& both = rule("both");
  both.add_when()->set_field("subject");
  both.mutable_when(0)->set_contains("fire");
  both.add_when()->set_field("text");
  both.mutable_when(1)->set_contains("water");
  rule("all");
  EXPECT_EQ(routed().rules, names{"all"});
  mail.text = "no water";
  EXPECT_EQ(routed().rules, (names{"both", "all"}));
}

TEST_F(routing_rules, a_later_rule_overrides_an_earlier_one_and_names_itself) {
  auto& one = *rule("one").mutable_then();
  one.set_impact("High");
  one.set_urgency("Normal");
  one.add_tags("a");
  auto& two = *rule("two").mutable_then();
  two.set_impact("Low");
  two.add_tags("a");
  two.add_tags("b");
  const auto h = routed();
  EXPECT_EQ(h.impact.value, "Low");
  EXPECT_EQ(h.impact.rule, "two");
  EXPECT_EQ(h.urgency.value, "Normal");
  EXPECT_EQ(h.urgency.rule, "one");
  EXPECT_EQ(h.tags, (names{"a", "b"}));
  EXPECT_EQ(h.what, handling::kind::call);
}

TEST_F(routing_rules, stop_keeps_later_rules_out_and_a_disabled_rule_does_not_act) {
  rule("off").set_disabled(true);
  config.mutable_rules(0)->set_stop(true);
  rule("one").set_stop(true);
  rule("two");
  EXPECT_EQ(routed().rules, names{"one"});
}

TEST_F(routing_rules, a_stop_of_a_rule_that_does_not_fit_stops_nothing) {
  auto& r = rule("one");
  r.set_stop(true);
  r.add_when()->set_field("subject");
  r.mutable_when(0)->set_contains("nothing like it");
  rule("two");
  EXPECT_EQ(routed().rules, names{"two"});
}

TEST_F(routing_rules, the_last_of_suppress_and_quarantine_wins_and_its_rule_is_the_reason) {
  rule("one").mutable_then()->set_suppress("newsletter");
  EXPECT_EQ(outcome(), "suppress:newsletter");
  rule("two").mutable_then()->set_quarantine("odd");
  rule("three").mutable_then()->add_tags("x");
  EXPECT_EQ(outcome(), "quarantine:odd");
  EXPECT_EQ(routed().detail, R"(the routing rule "two" says so: it is for every mail)");
}

TEST_F(routing_rules, a_rule_sees_the_tags_of_those_before_it) {
  rule("one").mutable_then()->add_tags("Printer");
  auto& two = rule("two");
  two.add_when()->set_field("tag");
  two.mutable_when(0)->set_is("printer");
  EXPECT_EQ(routed().rules, (names{"one", "two"}));
  config.mutable_rules()->SwapElements(0, 1);
  EXPECT_EQ(routed().rules, names{"one"});
}

TEST_F(routing_rules, forward_addresses_are_collected_once) {
  rule("one").mutable_then()->set_forward("x@example.net");
  rule("two").mutable_then()->set_forward("x@example.net");
  rule("three").mutable_then()->set_forward("y@example.net");
  EXPECT_EQ(routed().forward, (names{"x@example.net", "y@example.net"}));
}

TEST_F(routing_rules, the_note_tells_the_conditions_in_words) {
  auto& r = rule("Fire");
  r.add_when()->set_field("subject");
  r.mutable_when(0)->set_contains("fire");
  auto& c = *r.add_when();
  c.set_field("header");
  c.set_header("X-Team");
  c.set_is("hr");
  c.set_not_(true);
  EXPECT_EQ(routed().notes, names{R"(The routing rule "Fire" fitted: subject contains "fire", )"
                                  R"(header X-Team is not "hr".)"});
}

TEST_F(routing_rules, a_bounce_has_an_empty_envelope_sender) {
  auto& c = *rule("bounce").add_when();
  c.set_field("envelope_from");
  c.set_matches("^$");
  EXPECT_TRUE(routed().rules.empty()) << "without Return-Path it is not known";
  header = "Return-Path: <>\r\n" + header;
  EXPECT_EQ(routed().rules, names{"bounce"});
}

TEST_F(routing_rules, the_field_for_the_language_counts_more_than_the_text) {
  auto& c = *rule("german").add_when();
  c.set_field("language");
  c.set_is("de");
  EXPECT_TRUE(routed().rules.empty());
  header += "Content-Language: de-AT\r\n";
  EXPECT_EQ(routed().rules, names{"german"});
}

TEST_F(routing_rules, only_the_start_of_a_long_text_is_looked_at) {
  auto& c = *rule("late").add_when();
  c.set_field("text");
  c.set_contains("needle");
  mail.text = std::string((256u << 10) - 6, 'x') + "needle";
  EXPECT_EQ(routed().rules, names{"late"});
  mail.text = std::string(256u << 10, 'x') + "needle";
  EXPECT_TRUE(routed().rules.empty());
}

TEST_F(routing_rules, hits_add_up_by_name_and_start_from_what_is_known) {
  std::map<std::string, record::v1::RuleHits> totals;
  totals["one"].set_hits(7);
  handling h;
  h.rules = {"one", "two"};
  add_hits(totals, h, from_millis(5));
  h.rules = {"two"};
  add_hits(totals, h, from_millis(9));
  h.rules = {"two"};
  add_hits(totals, h, from_millis(3));
  EXPECT_EQ(totals["one"].ShortDebugString(), R"(rule: "one" hits: 8 last_at: 5)");
  EXPECT_EQ(totals["two"].ShortDebugString(), R"(rule: "two" hits: 3 last_at: 9 first_at: 3)");
}

}  // namespace
}  // namespace postroom::partitions::test

#include "partitions/spam_score.hpp"
#include "tests/partitions/routing_fixture.hpp"

namespace postroom::partitions::test {
namespace {

using enum mail::trust;

struct sender_lists_test : routing_test {
  auto& senders() { return *config.mutable_senders(); }
};

TEST_F(sender_lists_test, an_entry_is_an_address_a_domain_or_a_domain_with_all_below) {
  struct {
    const char* entry;
    const char* from;
    bool on;
  } const rows[] = {
      {"Sam@example.COM", "sam@Example.com", true},
      {"sam@example.com", "samuel@example.com", false},
      {"@example.com", "anybody@example.com", true},
      {"@example.com", "sam@mail.example.com", false},
      {"@example.com", "sam@badexample.com", false},
      {"*.example.com", "sam@example.com", true},
      {"*.example.com", "sam@a.b.Example.com", true},
      {"*.example.com", "sam@badexample.com", false},
      {"@münchen.example", "sam@xn--mnchen-3ya.example", true},
      {"*.münchen.example", "sam@it.xn--mnchen-3ya.example", true},
      {"@example.com", "", false},
  };
  for (const auto& r : rows) {
    senders().clear_deny();
    senders().add_deny(r.entry);
    mail.from.addr = r.from;
    EXPECT_EQ(outcome(), r.on ? "quarantine:sender_denied" : "call") << r.entry << ' ' << r.from;
  }
}

TEST_F(sender_lists_test, an_allowed_sender_is_not_denied_unless_from_is_forged) {
  senders().add_deny("@example.com");
  senders().add_allow("sam@example.com");
  for (const auto kind : {aligned, none}) {
    trust.kind = kind;
    EXPECT_EQ(outcome(), "call");
  }
  trust.kind = unaligned;
  EXPECT_EQ(outcome(), "quarantine:sender_denied");
}

TEST_F(sender_lists_test, only_allowed_refuses_all_others_and_forged_ones) {
  senders().set_only_allowed(true);
  senders().add_allow("@example.com");
  EXPECT_EQ(outcome(), "call");
  trust.kind = unaligned;
  EXPECT_EQ(outcome(), "quarantine:sender_not_allowed");
  EXPECT_EQ(routed().detail, "the sender is on the list `senders.allow`, but From is forged");
  mail.from.addr = "eve@example.net";
  EXPECT_EQ(outcome(), "quarantine:sender_not_allowed");
  mail.from.addr = "";
  EXPECT_EQ(outcome(), "quarantine:sender_not_allowed");
}

TEST_F(sender_lists_test, refused_mails_may_be_suppressed_instead) {
  senders().set_denied("suppress");
  senders().add_deny("@example.com");
  EXPECT_EQ(outcome(), "suppress:sender_denied");
}

TEST_F(sender_lists_test, only_the_author_counts) {
  senders().add_deny("@example.org");
  mail.reply_to = {"", "x@example.org"};
  EXPECT_EQ(outcome(), "call");
}

TEST_F(sender_lists_test, no_rule_is_looked_at_for_a_refused_mail) {
  senders().add_deny("@example.com");
  rule("all").mutable_then()->set_forward("x@example.net");
  EXPECT_TRUE(routed().rules.empty() && routed().forward.empty());
}

struct spam_test : routing_test {
  spam_test() {
    auto& s = *config.mutable_scanning();
    s.set_spam_header("X-Spam-Score");
    s.set_spam_above("7.5");
  }
  void score(const std::string& value) { header = "X-Spam-Score: " + value + "\r\n" + header; }
};

TEST_F(spam_test, from_the_score_on_a_mail_goes_to_the_quarantine) {
  EXPECT_EQ(outcome(), "call");
  score("7.4");
  EXPECT_EQ(outcome(), "call");
  score("7.5");
  EXPECT_EQ(outcome(), "quarantine:spam");
}

TEST_F(spam_test, a_score_that_the_sender_can_have_written_does_not_count) {
  header += "X-Spam-Score: 100\r\n";
  EXPECT_EQ(outcome(), "call");
  score("3");
  EXPECT_EQ(outcome(), "call");
}

TEST_F(spam_test, a_score_below_the_border_is_told_of_and_counts_where_the_filter_removes_others) {
  header += "X-Spam-Score: 9\r\n";
  auto h = routed();
  EXPECT_EQ(h.what, handling::kind::call);
  EXPECT_EQ(h.notes.at(0),
            "No spam score is known: X-Spam-Score does not stand where only our side can write. If "
            "the filter removes it from mails of others, set `scanning.spam_header_anywhere`.");
  config.mutable_scanning()->set_spam_header_anywhere(true);
  EXPECT_EQ(outcome(), "quarantine:spam");
  believed.border_hosts.clear();
  EXPECT_EQ(outcome(), "quarantine:spam");
}

TEST_F(spam_test, the_highest_of_several_scores_counts_where_they_may_stand_anywhere) {
  config.mutable_scanning()->set_spam_header_anywhere(true);
  header += "X-Spam-Score: 3\r\nX-Spam-Score: 9\r\nX-Spam-Score: -100\r\n";
  EXPECT_EQ(outcome(), "quarantine:spam");
}

TEST_F(spam_test, a_mail_without_a_score_is_told_of) {
  EXPECT_EQ(routed().notes.at(0), "No spam score is known: the mail has no field X-Spam-Score.");
  score("none");
  EXPECT_EQ(routed().notes.at(0), "No spam score is known: there is none in X-Spam-Score.");
  config.mutable_scanning()->clear_spam_header();
  EXPECT_TRUE(routed().notes.empty());
}

TEST_F(spam_test, a_tag_is_given_instead_where_so_set_and_rules_see_it) {
  config.mutable_scanning()->set_spam("tag");
  score("9");
  auto& c = *rule("spam").add_when();
  c.set_field("tag");
  c.set_is("spam");
  const auto h = routed();
  EXPECT_EQ(h.what, handling::kind::call);
  EXPECT_EQ(h.tags, std::vector<std::string>{"spam"});
  EXPECT_EQ(h.rules, std::vector<std::string>{"spam"});
  EXPECT_EQ(h.notes.at(0), "The mail looks like spam: X-Spam-Score has a score of at least 7.5.");
}

TEST_F(spam_test, an_allowed_sender_is_spared_unless_from_is_forged) {
  config.mutable_senders()->add_allow("@example.com");
  score("9");
  EXPECT_EQ(outcome(), "call");
  trust.kind = unaligned;
  EXPECT_EQ(outcome(), "quarantine:spam");
}

TEST(spam_score, is_read_as_filters_write_it) {
  struct {
    const char* value;
    double score;
  } const rows[] = {
      {"15.2", 15.2},
      {" +3 ", 3},
      {"-1.9", -1.9},
      {"15.2 / 15.00", 15.2},
      {"15.2 (+++++++++++++++)", 15.2},
      {"Yes, score=7.3 required=5.0 tests=BAYES_99", 7.3},
      {"No, score=-0.2 required=5.0 [x]", -0.2},
      {"default: False [7.20 / 15.00]; R_SPF_ALLOW(-0.20)[+ip4:192.0.2.1]", 7.2},
      {"default: True [17.1 / 15]", 17.1},
  };
  for (const auto& r : rows) {
    const auto read = read_spam_score(r.value);
    ASSERT_TRUE(read) << r.value;
    EXPECT_DOUBLE_EQ(*read, r.score) << r.value;
  }
  for (const auto* value : {"", "spam", "Yes, score=", "default: False [", "inf", "nan", "score=x"})
    EXPECT_FALSE(read_spam_score(value)) << value;
}

struct route_order : routing_test {};

TEST_F(route_order, sender_lists_come_before_spam_and_spam_before_attachments) {
  config.mutable_senders()->add_deny("@example.com");
  auto& s = *config.mutable_scanning();
  s.set_spam_header("X-Spam-Score");
  s.set_spam_above("5");
  header = "X-Spam-Score: 9\r\n" + header;
  auto& policy = *config.mutable_attachments();
  policy.add_block_names("*.exe");
  policy.set_action("quarantine");
  mail.attachments = {{"a.exe", "application/octet-stream", 1, false, ""}};
  rule("all").mutable_then()->set_suppress("all");
  EXPECT_EQ(outcome(), "quarantine:sender_denied");
  config.clear_senders();
  EXPECT_EQ(outcome(), "quarantine:spam");
  s.Clear();
  EXPECT_EQ(outcome(), "quarantine:attachment_refused");
  policy.clear_action();
  EXPECT_EQ(outcome(), "suppress:all");
}

TEST_F(route_order, an_accepted_mail_goes_on_past_all_of_them_and_says_so) {
  is_accepted = true;
  config.mutable_senders()->add_deny("@example.com");
  auto& policy = *config.mutable_attachments();
  policy.add_block_names("*.exe");
  policy.set_action("quarantine");
  mail.attachments = {{"a.exe", "application/octet-stream", 1, false, ""}};
  rule("all").mutable_then()->set_suppress("all");
  config.mutable_rules(0)->mutable_then()->add_tags("seen");
  const auto h = routed();
  EXPECT_EQ(outcome(), "call");
  EXPECT_EQ(h.tags, std::vector<std::string>{"seen"});
  ASSERT_EQ(h.notes.size(), 5u);
  EXPECT_EQ(
      h.notes[0],
      "A person accepted the mail in spite of sender_denied: the sender is on the partition's "
      "list `senders.deny`.");
  EXPECT_EQ(
      h.notes[4],
      "A person accepted the mail in spite of all: the routing rule \"all\" says so: it is for "
      "every mail.");
}

TEST_F(route_order, an_automatic_answer_of_a_denied_sender_is_refused_but_no_report_is) {
  is_notice = true;
  mail.author.kind = mail::origin::out_of_office;
  config.mutable_senders()->add_deny("@example.com");
  EXPECT_EQ(outcome(), "quarantine:sender_denied");
  mail.about.emplace();
  EXPECT_EQ(outcome(), "call");
}

TEST_F(route_order, a_notice_meets_only_rules_that_ask_for_its_origin) {
  is_notice = true;
  mail.author.kind = mail::origin::out_of_office;
  config.mutable_senders()->set_only_allowed(true);
  rule("all").mutable_then()->set_suppress("all");
  EXPECT_EQ(outcome(), "call");
  auto& away = rule("away");
  away.add_when()->set_field("origin");
  away.mutable_when(0)->set_is("out_of_office");
  away.mutable_then()->set_suppress("absent");
  EXPECT_EQ(outcome(), "suppress:absent");
  EXPECT_EQ(routed().rules, std::vector<std::string>{"away"});
}

TEST_F(route_order, the_rule_that_ends_it_is_named) {
  rule("first").set_stop(true);
  rule("second");
  EXPECT_EQ(routed().stopped_by, "first");
  config.mutable_rules(0)->set_stop(false);
  EXPECT_EQ(routed().stopped_by, "");
}

TEST_F(route_order, what_scanning_says_is_a_tag_once) {
  scanned = {"infected", "infected"};
  EXPECT_EQ(routed().tags, std::vector<std::string>{"infected"});
}

}  // namespace
}  // namespace postroom::partitions::test

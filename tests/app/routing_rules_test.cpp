#include "app/routing_rules.hpp"

#include "tests/app/trials_fixture.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;
using names = std::vector<std::string>;

struct routing_rules_test : trials_test {
  routing_rules_test() {
    rule("Red").add_when()->set_field("subject");
    saved.mutable_rules(0)->mutable_when(0)->set_contains("red");
    saved.mutable_rules(0)->mutable_then()->set_suppress("colour");
    rule("Blue").add_when()->set_field("subject");
    saved.mutable_rules(1)->mutable_when(0)->set_contains("blue");
    saved.mutable_rules(1)->mutable_then()->add_tags("blue");
  }
  config::v1::RoutingRule& rule(const std::string& name) {
    auto& r = *saved.add_rules();
    r.set_name(name);
    return r;
  }
  static std::string mail_about(const std::string& subject) {
    return "From: una@example.com\r\nSubject: " + subject + "\r\n\r\nMy printer.\r\n";
  }
  /// As the call factory stores it, a second after the one before.
  void store(uint64_t id, const std::string& raw) {
    it.mail(id, {raw}, raw.size());
    record::v1::Mail m;
    ASSERT_TRUE(m.ParseFromString(**it.unit().store->get(storage::keys::mail(mail_id{id}))));
    m.mutable_key()->set_mailbox("it-in");
    m.mutable_key()->set_uid(id);
    m.set_stored_at(static_cast<int64_t>(id) * 1000);
    it.put(storage::keys::mail(mail_id{id}), m.SerializeAsString());
  }
  void hits(const std::string& name, uint64_t count) {
    record::v1::RuleHits h;
    h.set_rule(name);
    h.set_hits(count);
    it.put(storage::keys::rule_hits(name), h.SerializeAsString());
  }
  static TryRulesRequest request(uint32_t mails = 0) {
    TryRulesRequest r;
    r.set_partition("IT");
    r.set_mails(mails);
    return r;
  }
  TryRulesResponse run(const TryRulesRequest& r, const rules_trial_limits& limits = {}) {
    auto got = try_rules(backend, r, operator_, limits);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : TryRulesResponse{};
  }
  /// "2 blue: Blue -> logged", one line for each mail.
  static names lines_of(const TryRulesResponse& r) {
    names out;
    for (const auto& m : r.mails()) {
      auto line = std::to_string(m.mail()) + " " + m.subject() + ":";
      for (const auto& name : m.rules()) line += " " + name;
      out.push_back(line + " -> " + m.becomes());
    }
    return out;
  }
  /// "Red 1", in order.
  template <class Hits>
  static names counts(const Hits& hits) {
    names out;
    for (const auto& h : hits) out.push_back(h.rule() + " " + std::to_string(h.hits()));
    return out;
  }
  static access::caller may(const std::vector<access::right>& rights) {
    access::rights_map map;
    for (const auto r : rights) map[r] = access::extent{false, {"IT"}};
    return {"ivan", "there", map};
  }
};

TEST_F(routing_rules_test, hits_stand_in_the_order_of_the_rules_and_of_gone_rules_at_the_end) {
  hits("Blue", 3);
  hits("Gone", 9);
  ListRuleHitsRequest r;
  r.set_partition("IT");
  const auto got = list_rule_hits(backend, r, may({IPK_SETUP}));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(counts(got->hits()), (names{"Red 0", "Blue 3", "Gone 9"}));
}

TEST_F(routing_rules_test, the_newest_mails_that_fit_are_shown_first_with_what_they_become) {
  store(1, mail_about("red"));
  store(2, mail_about("green"));
  store(3, mail_about("blue and red"));
  const auto got = run(request());
  EXPECT_EQ(lines_of(got), (names{"3 blue and red: Red Blue -> suppressed:colour",
                                  "1 red: Red -> suppressed:colour"}));
  EXPECT_EQ(got.looked_at(), 3u);
  EXPECT_EQ(counts(got.hits()), (names{"Red 2", "Blue 1"}));
  EXPECT_EQ(got.hits(0).last_at(), 3000);
}

TEST_F(routing_rules_test, no_more_mails_are_looked_at_than_asked_for) {
  for (uint64_t id = 1; id <= 5; ++id) store(id, mail_about("red"));
  const auto got = run(request(2));
  EXPECT_EQ(got.looked_at(), 2u);
  EXPECT_EQ(got.mails(1).mail(), 4u);
}

TEST_F(routing_rules_test, it_ends_by_the_bytes_it_may_read_and_by_time) {
  const auto raw = mail_about("red");
  for (uint64_t id = 1; id <= 5; ++id) store(id, raw);
  EXPECT_EQ(run(request(), {.bytes = raw.size() * 3 + 1}).looked_at(), 3u);
  EXPECT_EQ(run(request(), {.time = duration{-1}}).looked_at(), 0u);
}

TEST_F(routing_rules_test, given_rules_are_tried_instead_of_the_saved_ones_and_nothing_is_written) {
  store(1, mail_about("green"));
  auto r = request();
  auto& given = *r.add_rules();
  given.set_name("Green");
  given.add_when()->set_field("subject");
  given.mutable_when(0)->set_matches("^green$");
  given.mutable_then()->set_quarantine("odd");
  const auto got = run(r);
  EXPECT_EQ(lines_of(got), names{"1 green: Green -> quarantined:odd"});
  EXPECT_EQ(counts(got.hits()), names{"Green 1"});
  EXPECT_FALSE(*it.unit().store->get(storage::keys::rule_hits("Green")));
}

TEST_F(routing_rules_test, what_the_rules_would_do_is_told) {
  store(1, mail_about("green"));
  auto r = request();
  auto& given = *r.add_rules();
  given.set_name("Green");
  given.mutable_then()->set_impact("High");
  given.mutable_then()->add_tags("green");
  given.mutable_then()->set_forward("boss@example.net");
  given.set_stop(true);
  const auto got = run(r);
  ASSERT_EQ(got.mails_size(), 1);
  EXPECT_EQ(got.mails(0).impact(), "High");
  EXPECT_EQ(got.mails(0).tags(0), "green");
  EXPECT_EQ(got.mails(0).forward(0), "boss@example.net");
  EXPECT_EQ(got.mails(0).stopped_by(), "Green");
}

TEST_F(routing_rules_test, a_notice_meets_the_rules_that_it_meets_when_it_comes) {
  store(1, "Auto-Submitted: auto-replied\r\n" + mail_about("red"));
  EXPECT_EQ(run(request()).mails_size(), 0);
  auto& origin = rule("Origin");
  origin.add_when()->set_field("origin");
  origin.mutable_when(0)->set_is("auto_reply");
  origin.mutable_then()->add_tags("away");
  EXPECT_EQ(lines_of(run(request())), names{"1 red: Origin -> notice"});
}

TEST_F(routing_rules_test, rules_with_problems_are_not_tried) {
  store(1, mail_about("red"));
  auto r = request();
  auto& given = *r.add_rules();
  given.set_name("Wrong");
  given.add_when()->set_field("subject");
  given.mutable_when(0)->set_matches("(");
  given.mutable_then()->set_impact("Huge");
  const auto got = run(r);
  ASSERT_EQ(got.problems_size(), 2);
  EXPECT_EQ(got.problems(0).path(), "rules[0].when[0].matches");
  EXPECT_EQ(got.problems(1).path(), "rules[0].then.impact");
  EXPECT_EQ(got.looked_at(), 0u);
}

TEST_F(routing_rules_test, subjects_are_shown_only_to_who_may_read_the_mail) {
  store(1, mail_about("red"));
  store(2, mail_about("red"));
  it.quarantine(2, 10);
  const auto subjects = [&](const access::caller& who) {
    const auto got = try_rules(backend, request(), who);
    EXPECT_TRUE(got) << got.error().text();
    return names{got->mails(0).subject(), got->mails(1).subject()};
  };
  EXPECT_EQ(subjects(may({IPK_SETUP})), (names{"", ""}));
  EXPECT_EQ(subjects(may({IPK_SETUP, VIEW_CALLS})), (names{"", "red"}));
  EXPECT_EQ(subjects(may({IPK_SETUP, QUARANTINE})), (names{"red", ""}));
}

TEST_F(routing_rules_test, mails_without_bytes_or_of_no_use_are_passed_over) {
  store(1, mail_about("red"));
  store(2, "\r\n\r\n");
  it.mail(3, {}, 100);
  const auto got = run(request());
  EXPECT_EQ(got.looked_at(), 2u);
  EXPECT_EQ(got.mails_size(), 1);
}

TEST_F(routing_rules_test, a_mail_of_a_server_that_is_gone_is_tried_too) {
  store(1, mail_about("red"));
  saved.clear_incoming();
  EXPECT_EQ(run(request()).mails_size(), 1);
}

TEST_F(routing_rules_test, waits_at_the_gate_of_all_trials) {
  const auto own = backend.gate->enter("IT");
  EXPECT_EQ(try_rules(backend, request(), operator_).code(), ec::overloaded);
}

TEST_F(routing_rules_test, a_partition_that_is_not_there_is_refused) {
  auto r = request();
  r.set_partition("XX");
  EXPECT_EQ(try_rules(backend, r, operator_).code(), ec::not_found);
  ListRuleHitsRequest l;
  l.set_partition("XX");
  EXPECT_EQ(list_rule_hits(backend, l, operator_).code(), ec::not_found);
}

}  // namespace
}  // namespace postroom::app

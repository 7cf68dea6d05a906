#include "tests/actors/factory_fixture.hpp"

namespace postroom::actors::test {
namespace {

struct probe_test : factory_test {
  bool open(const std::string& id, const std::string& message_id,
            duration lifetime = duration{60'000}) {
    open_probe p{partition_id{"IT"}, id, message_id, now + lifetime};
    auto got = ask<done_message>(life, probe_request{std::make_shared<const open_probe>(p)});
    return got->value.has_value();
  }
  mail_item marked(uint64_t uid, const std::string& name, const std::string& id) {
    auto item = call_item(uid, name);
    item.raw = std::make_shared<const std::string>("X-Postroom-Probe: " + id + "\r\n" + *item.raw);
    item.parsed = std::make_shared<const mail::parsed_mail>(*mail::parse(*item.raw));
    item.seen_at = now;
    return item;
  }
  record::v1::Probe probe(const std::string& id) const {
    return record<record::v1::Probe>(keys::probe(id));
  }
};

TEST_F(probe_test, a_probe_becomes_no_call_and_is_noted_as_seen) {
  start();
  ASSERT_TRUE(open("abc", "red@mail.example.com"));
  ASSERT_TRUE(give({marked(1, "red", "abc"), call_item(2, "blue")})->value);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 suppressed:probe", "it-in/7/2 logged"}));
  EXPECT_EQ(probe("abc").seen_as().uid(), 1u);
  EXPECT_EQ(probe("abc").seen_at(), to_millis(now));
  EXPECT_EQ(box("it-in").outcomes().at("suppressed:probe"), 1u);
  EXPECT_EQ(call(1).subject(), "blue");
  EXPECT_EQ(count(keys::kind::mail), 1u) << "a probe is not kept";
}

TEST_F(probe_test, a_forged_mark_does_not_keep_a_mail_from_becoming_a_call) {
  start();
  ASSERT_TRUE(open("abc", "red@mail.example.com"));
  ASSERT_TRUE(give({marked(1, "blue", "xyz"), marked(2, "green", "abc")})->value);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 logged"}))
      << "an id that is none of ours, and one of ours in a foreign mail";
  EXPECT_EQ(probe("abc").seen_at(), 0);
}

TEST_F(probe_test, a_mark_is_over_after_its_time_and_then_forgotten) {
  start();
  ASSERT_TRUE(open("abc", "red@mail.example.com"));
  now += duration{60'000};
  ASSERT_TRUE(give({marked(1, "red", "abc")})->value);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged"}));
  ASSERT_TRUE(open("def", "blue@mail.example.com"));
  EXPECT_EQ(count(keys::kind::probe), 1u);
}

TEST_F(probe_test, a_mark_that_was_not_written_is_an_error_and_the_factory_starts_anew) {
  start();
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_FALSE(open("abc", "red@mail.example.com"));
  EXPECT_EQ(death->reason.code, ec::no_space);
}

}  // namespace
}  // namespace postroom::actors::test

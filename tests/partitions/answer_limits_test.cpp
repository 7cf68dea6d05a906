#include "partitions/answer_limits.hpp"

#include <gtest/gtest.h>

using namespace postroom;
using namespace postroom::partitions;

namespace {

constexpr auto hour = duration{3'600'000};
const time_point start = from_millis(1'800'000'000'000);

answer_settings of(uint32_t sender, uint32_t domain, uint32_t partition) {
  return {hour, sender, domain, partition};
}

caused_mail answer(std::string_view to) {
  return {caused_mail::kind::answer, to};
}

/// How many of `tries` answers may go out at that moment.
int taken(answer_limits& limits, std::string_view to, int tries, time_point now) {
  int out = 0;
  for (int i = 0; i < tries; ++i) out += limits.take(answer(to), now) ? 1 : 0;
  return out;
}

std::string nth(int i, const std::string& domain = "example.org") {
  return "u" + std::to_string(i) + "@" + domain;
}

}  // namespace

TEST(answer_limits, a_sender_gets_no_more_than_its_share_and_others_get_theirs) {
  answer_limits limits{of(3, 100, 100)};
  EXPECT_EQ(taken(limits, "ann@example.org", 10, start), 3);
  EXPECT_EQ(limits.refusal(answer("ann@example.org"), start),
            "the sender had its 3 automatic answers within 1h");
  EXPECT_EQ(taken(limits, "bob@example.org", 10, start), 3);
}

TEST(answer_limits, hosts_below_a_domain_share_its_bucket) {
  answer_limits limits{of(10, 3, 100)};
  EXPECT_TRUE(limits.take(answer("a@one.example.org"), start));
  EXPECT_TRUE(limits.take(answer("b@two.example.org"), start));
  EXPECT_TRUE(limits.take(answer("c@example.org"), start));
  EXPECT_FALSE(limits.take(answer("d@three.example.org"), start));
  EXPECT_EQ(limits.refusal(answer("d@three.example.org"), start),
            "the sender's domain had its 3 automatic answers within 1h");
  EXPECT_TRUE(limits.take(answer("a@example.net"), start));
}

TEST(answer_limits, a_sender_that_is_called_like_a_domain_has_a_bucket_of_its_own) {
  answer_limits limits{of(1, 5, 100)};
  EXPECT_TRUE(limits.take(answer("ann@example.org"), start));
  EXPECT_TRUE(limits.take(answer("@example.org"), start))
      << "no address, but it must not share either";
}

TEST(answer_limits, all_senders_together_get_no_more_than_the_partition_gives) {
  answer_limits limits{of(10, 10, 5)};
  int out = 0;
  for (int i = 0; i < 50; ++i)
    out += taken(limits, nth(i, "d" + std::to_string(i) + ".com"), 1, start);
  EXPECT_EQ(out, 5);
  EXPECT_EQ(limits.refusal(answer("x@example.org"), start),
            "the partition had its 5 automatic answers within 1h");
}

TEST(answer_limits, a_bucket_empties_evenly_over_the_window) {
  answer_limits limits{of(4, 100, 100)};
  ASSERT_EQ(taken(limits, "ann@example.org", 9, start), 4);
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start + hour / 4 - duration{1}), 0);
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start + hour / 4), 1);
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start + hour * 3), 4);
}

TEST(answer_limits, asking_often_does_not_slow_the_emptying) {
  answer_limits limits{of(1, 100, 100)};
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  for (auto t = start; t < start + hour; t += duration{100'000})
    EXPECT_FALSE(limits.take(answer("ann@example.org"), t));
  EXPECT_TRUE(limits.take(answer("ann@example.org"), start + hour));
}

TEST(answer_limits, a_clock_that_is_set_back_gives_nothing_and_takes_nothing_for_long) {
  answer_limits limits{of(2, 100, 100)};
  ASSERT_EQ(taken(limits, "ann@example.org", 1, start), 1);
  const auto back = start - hour * 24 * 365;
  EXPECT_EQ(taken(limits, "ann@example.org", 9, back), 1);
  EXPECT_EQ(taken(limits, "ann@example.org", 9, back + hour), 2);
}

TEST(answer_limits, what_a_round_took_is_given_back_when_it_fails) {
  answer_limits limits{of(2, 3, 4)};
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  limits.commit(start);
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  ASSERT_TRUE(limits.take(answer("bob@example.org"), start));
  ASSERT_FALSE(limits.take(answer("eve@example.org"), start));
  limits.roll_back();
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start), 1);
  EXPECT_EQ(taken(limits, "bob@example.org", 9, start), 1);
  EXPECT_EQ(taken(limits, "eve@example.net", 9, start), 1) << "the partition's bucket as well";
}

TEST(answer_limits, one_mail_of_a_round_is_taken_back_and_the_others_stay) {
  answer_limits limits{of(2, 10, 10)};
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  const auto place = limits.mark();
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  limits.roll_back(place);
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start), 1);
}

TEST(answer_limits, asking_takes_nothing_and_remembers_nobody) {
  answer_limits limits{of(1, 1, 1)};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limits.refusal(answer(nth(i)), start), "");
  EXPECT_EQ(limits.remembered(), 0u);
  EXPECT_TRUE(limits.take(answer(nth(1)), start));
}

TEST(answer_limits, memory_is_bounded_and_forgetting_gives_no_more_than_the_partition_has) {
  answer_limits limits{of(1, 1, 500), 100};
  int out = 0;
  for (int i = 0; i < 2'000; ++i) {
    out +=
        limits.take(answer(nth(i, "d" + std::to_string(i) + ".com")), start + duration{i}) ? 1 : 0;
    limits.commit(start + duration{i});
    ASSERT_LE(limits.remembered(), 100u);
  }
  EXPECT_EQ(out, 500);
}

TEST(answer_limits, those_that_were_quiet_for_long_are_forgotten_first) {
  answer_limits limits{of(1, 10'000, 10'000), 100};
  for (int i = 0; i < 140; ++i) {
    ASSERT_TRUE(limits.take(answer(nth(i)), start + duration{i}));
    limits.commit(start + duration{i});
  }
  EXPECT_TRUE(limits.refusal(answer(nth(0)), start + duration{200}).empty());
  EXPECT_FALSE(limits.refusal(answer(nth(139)), start + duration{200}).empty());
}

TEST(answer_limits, new_limits_count_what_has_gone_out) {
  answer_limits limits{of(4, 100, 100)};
  ASSERT_EQ(taken(limits, "ann@example.org", 4, start), 4);
  limits.use(of(6, 100, 100));
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start), 2);
}

TEST(answer_limits, an_address_without_end_is_remembered_by_its_beginning) {
  answer_limits limits{of(1, 100, 100)};
  const std::string endless(10'000, 'a');
  ASSERT_TRUE(limits.take(answer(endless + "1@example.org"), start));
  EXPECT_FALSE(limits.take(answer(endless + "2@example.org"), start));
}

TEST(answer_limits, a_forger_uses_up_nothing_of_those_whose_senders_are_proved) {
  answer_limits limits{of(2, 100, 5)};
  EXPECT_EQ(taken(limits, "ann@example.org", 9, start), 2);
  for (int i = 0; i < 50; ++i) taken(limits, nth(i), 1, start);
  ASSERT_FALSE(limits.take(answer("new@example.net"), start));
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(limits.take({caused_mail::kind::answer, "ann@example.org", true}, start));
  EXPECT_FALSE(limits.take({caused_mail::kind::answer, "ann@example.org", true}, start));
}

TEST(answer_limits, all_of_one_domain_are_answered_on_a_busy_day) {
  answer_limits limits{read_answer_settings({})};
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(limits.take(answer(nth(i)), start)) << i;
  answer_limits strict{of(10, 3, 1000)};
  for (int i = 0; i < 600; ++i) {
    const auto who = nth(i);
    ASSERT_TRUE(strict.take({caused_mail::kind::answer, who, true}, start)) << "proved";
  }
}

TEST(answer_limits, answers_to_commands_have_a_bucket_of_their_own) {
  answer_limits limits{of(1, 1, 1)};
  ASSERT_TRUE(limits.take(answer("ann@example.org"), start));
  const caused_mail to_command{caused_mail::kind::command_answer, "ann@example.org", true};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(limits.take(to_command, start)) << i;
  EXPECT_EQ(limits.refusal(to_command, start),
            "the sender had its 100 answers to commands within 1h");
}

TEST(answer_limits, notifications_are_counted_by_call_by_recipient_and_in_all) {
  auto settings = of(10, 10, 10);
  settings.per_call = 2, settings.per_recipient = 3, settings.notifications = 5;
  answer_limits limits{settings};
  const auto tell = [&](const char* whom, uint64_t call) {
    return caused_mail{caused_mail::kind::notification, whom, false, call_number{call}};
  };
  EXPECT_TRUE(limits.take(tell("ana@example.org", 1), start));
  EXPECT_TRUE(limits.take(tell("ana@example.org", 1), start));
  EXPECT_EQ(limits.refusal(tell("ana@example.org", 1), start),
            "its address had its 2 notifications about this call within 1h");
  EXPECT_TRUE(limits.take(tell("ana@example.org", 2), start));
  EXPECT_EQ(limits.refusal(tell("ana@example.org", 3), start),
            "its address had its 3 notifications within 1h");
  const caused_mail sent_on{caused_mail::kind::forward, "ana@example.org"};
  EXPECT_TRUE(limits.take(sent_on, start));
  EXPECT_TRUE(limits.take(tell("bob@example.org", 1), start));
  EXPECT_EQ(limits.refusal(sent_on, start),
            "the partition had its 5 notifications and forwarded mails within 1h");
  EXPECT_EQ(taken(limits, "ana@example.org", 1, start), 1) << "an answer is none of them";
}

TEST(answer_limits, settings_have_defaults_and_are_read) {
  config::v1::AnswerLimits config;
  EXPECT_EQ(read_answer_settings(config), answer_settings{});
  config.set_window("2h");
  config.set_per_sender(1);
  config.set_per_domain(2);
  config.set_partition(3);
  EXPECT_EQ(read_answer_settings(config), (answer_settings{hour * 2, 1, 2, 3, 100, 20, 1000, 15}));
  config.clear_per_domain();
  config.set_commands(4);
  config.set_per_call(5);
  config.set_per_recipient(6);
  config.set_notifications(7);
  EXPECT_EQ(read_answer_settings(config), (answer_settings{hour * 2, 1, 3, 3, 4, 5, 6, 7}));
}

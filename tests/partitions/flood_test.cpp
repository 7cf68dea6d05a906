#include "partitions/flood.hpp"

#include <gtest/gtest.h>

using namespace postroom;
using namespace postroom::partitions;

namespace {

constexpr auto window = duration{600'000};
constexpr auto second = duration{1'000};
const time_point start = from_millis(1'800'000'000'000);
constexpr flood_sender ann{"ann@example.org"};
constexpr uint32_t never = 0;

/// Does with each mail what the call factory does, and numbers calls from 1.
struct desk {
  flood_guard guard;
  uint64_t calls = 0;
  uint64_t added = 0;
  uint64_t begun = 0;

  /// The call that the mail came to.
  uint64_t mail(flood_sender who, time_point now) {
    if (const auto flood = guard.find(who, now)) {
      guard.added(who, *flood, now);
      ++added;
      begun += flood->begins ? 1 : 0;
      return flood->call.value;
    }
    guard.opened(who, call_number{++calls}, now);
    return calls;
  }
};

desk after(uint32_t n) {
  return {flood_guard{{n, never, never, window}}};
}

}  // namespace

TEST(flood, mails_beyond_the_limit_come_to_the_last_call_that_was_opened) {
  auto d = after(3);
  for (uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(d.mail(ann, start), i);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(d.mail(ann, start + second * i), 3u);
  EXPECT_EQ(d.calls, 3u);
  EXPECT_EQ(d.added, 100u);
}

TEST(flood, it_lasts_as_long_as_so_many_come_within_the_window) {
  auto d = after(3);
  for (int i = 0; i < 4; ++i) d.mail(ann, start);
  auto now = start;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(d.mail(ann, now += window / 5), 3u);
  EXPECT_EQ(d.mail(ann, now + window), 4u);
  EXPECT_EQ(d.mail(ann, now + window), 5u) << "counted anew";
}

TEST(flood, who_goes_on_slowly_is_heard_again) {
  auto d = after(3);
  for (int i = 0; i < 5; ++i) d.mail(ann, start);
  EXPECT_EQ(d.mail(ann, start + window * 3 / 4), 3u);
  for (uint64_t i = 1; i <= 20; ++i)
    EXPECT_EQ(d.mail(ann, start + window * 3 / 4 * (i + 1)), 3u + i) << "one every 7.5 minutes";
}

TEST(flood, one_that_begins_is_told_once_and_not_again_while_it_comes_and_goes) {
  auto d = after(5);
  auto now = start;
  for (int i = 0; i < 200; ++i) d.mail(ann, now += window / 100 * 19);
  EXPECT_GT(d.added, 0u);
  EXPECT_LE(d.begun, 200u / 5);
  auto steady = after(3);
  for (int i = 0; i < 500; ++i) steady.mail(ann, now += window / 10);
  EXPECT_EQ(steady.begun, 1u);
  for (int i = 0; i < 5; ++i) steady.mail(ann, now + window * 2);
  EXPECT_EQ(steady.begun, 2u);
}

TEST(flood, strangers_with_ever_new_names_of_one_domain_are_one) {
  desk d{flood_guard{{3, 10, never, window}}};
  const auto nth = [](int i) {
    return "x" + std::to_string(i) + "@h" + std::to_string(i) + ".evil.test";
  };
  for (int i = 0; i < 100; ++i) d.mail({nth(i), false, true, "in"}, start);
  EXPECT_EQ(d.calls, 10u);
  EXPECT_EQ(d.begun, 1u);
  EXPECT_EQ(d.mail({"ann@evil.test", false, false, "in"}, start), 11u) << "she is known";
  EXPECT_EQ(d.mail({"bob@evil.test", true, false, "in"}, start), 12u) << "he is proved";
  EXPECT_EQ(d.mail({"eve@other.test", false, true, "in"}, start), 13u);
}

TEST(flood, strangers_of_ever_new_domains_are_one_of_their_mailbox) {
  desk d{flood_guard{{3, 5, 20, window}}};
  for (int i = 0; i < 100; ++i) {
    const auto name = "x@evil" + std::to_string(i) + ".test";
    d.mail({name, false, true, "in"}, start);
  }
  EXPECT_EQ(d.calls, 20u);
  EXPECT_EQ(d.mail({"x@evil.test", false, true, "other"}, start), 21u);
}

TEST(flood, replies_count_and_belong_to_their_own_call) {
  flood_guard guard{{3, never, never, window}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(guard.find_of_sender(ann, start));
    guard.replied(ann, start);
  }
  const auto found = guard.find_of_sender(ann, start);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->begins);
  EXPECT_EQ(found->call.value, 0u) << "none was opened";
  guard.added(ann, *found, start);
  EXPECT_FALSE(guard.find_of_sender(ann, start)->begins);
}

TEST(flood, the_same_number_of_calls_over_more_than_the_window_is_none) {
  auto d = after(3);
  for (int i = 0; i < 30; ++i) d.mail(ann, start + window / 2 * i);
  EXPECT_EQ(d.calls, 30u);
}

TEST(flood, others_are_not_touched) {
  auto d = after(2);
  for (int i = 0; i < 10; ++i) d.mail(ann, start);
  EXPECT_EQ(d.mail({"bob@example.org"}, start), 3u);
}

TEST(flood, forged_mails_do_not_drown_those_of_the_proved_sender) {
  auto d = after(2);
  for (int i = 0; i < 10; ++i) d.mail(ann, start);
  EXPECT_EQ(d.calls, 2u);
  EXPECT_EQ(d.mail({ann.folded, true}, start), 3u);
}

TEST(flood, zero_means_never) {
  auto d = after(0);
  for (int i = 0; i < 500; ++i) d.mail(ann, start);
  EXPECT_EQ(d.calls, 500u);
  EXPECT_EQ(d.guard.remembered(), 0u);
}

TEST(flood, a_round_that_fails_leaves_nothing_behind) {
  auto d = after(2);
  d.mail(ann, start);
  d.guard.commit(start);
  d.mail(ann, start);
  d.mail(ann, start);
  ASSERT_TRUE(d.guard.find(ann, start));
  d.guard.roll_back();
  EXPECT_FALSE(d.guard.find(ann, start));
}

TEST(flood, one_mail_of_a_round_is_taken_back_and_the_others_stay) {
  auto d = after(2);
  d.mail(ann, start);
  const auto place = d.guard.mark();
  d.mail(ann, start);
  d.guard.roll_back(place);
  EXPECT_FALSE(d.guard.find(ann, start));
  d.mail(ann, start);
  EXPECT_TRUE(d.guard.find(ann, start));
}

TEST(flood, asking_changes_nothing) {
  auto d = after(2);
  d.mail(ann, start);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(d.guard.find(ann, start));
  d.mail(ann, start);
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(d.guard.find(ann, start + (window - window / 10) / 100 * i));
  EXPECT_FALSE(d.guard.find(ann, start + window)) << "questions do not prolong it";
}

TEST(flood, a_clock_that_is_set_back_neither_ends_nor_makes_one) {
  auto d = after(3);
  d.mail(ann, start);
  d.mail(ann, start);
  EXPECT_EQ(d.mail(ann, start - second), 3u);
  EXPECT_EQ(d.mail(ann, start - second), 3u);
  auto far = after(3);
  for (int i = 0; i < 4; ++i) far.mail(ann, start - second);
  const auto back = start - window * 1'000;
  EXPECT_EQ(far.mail(ann, back), 4u) << "counted anew";
  for (int i = 0; i < 2; ++i) far.mail(ann, back);
  EXPECT_EQ(far.mail(ann, back), 6u);
}

TEST(flood, memory_is_bounded) {
  flood_guard guard{{3, never, never, window}, 100};
  for (int i = 0; i < 1'000; ++i) {
    const auto who = "u" + std::to_string(i) + "@example.org";
    guard.opened({who}, call_number{1}, start);
    guard.commit(start);
    ASSERT_LE(guard.remembered(), 100u);
  }
}

TEST(flood, another_window_counts_anew_and_another_limit_does_not) {
  auto d = after(3);
  for (int i = 0; i < 3; ++i) d.mail(ann, start);
  d.guard.use({4, never, never, window});
  EXPECT_EQ(d.mail(ann, start), 4u);
  EXPECT_EQ(d.mail(ann, start), 4u);
  d.guard.use({4, never, never, window * 2});
  EXPECT_EQ(d.mail(ann, start), 5u);
}

TEST(flood, settings_have_defaults_and_are_read) {
  config::v1::AnswerLimits config;
  EXPECT_EQ(read_flood_settings(config), flood_settings{});
  config.set_flood_after(0);
  config.set_flood_window("5m");
  EXPECT_EQ(read_flood_settings(config), (flood_settings{0, 0, 0, duration{300'000}}));
  config.set_flood_after(5);
  EXPECT_EQ(read_flood_settings(config), (flood_settings{5, 20, 50, duration{300'000}}));
  config.set_flood_domain_after(7);
  config.set_flood_mailbox_after(0);
  EXPECT_EQ(read_flood_settings(config), (flood_settings{5, 7, 0, duration{300'000}}));
}

#include "partitions/flood.hpp"

#include <gtest/gtest.h>

using namespace postroom;
using namespace postroom::partitions;

namespace {

constexpr auto window = duration{600'000};
constexpr auto second = duration{1'000};
const time_point start = from_millis(1'800'000'000'000);
constexpr flood_sender ann{"ann@example.org", false};

/// Does with each mail what the call factory does, and numbers calls from 1.
struct desk {
  flood_guard guard;
  uint64_t calls = 0;
  uint64_t added = 0;

  /// The call that the mail came to.
  uint64_t mail(flood_sender who, time_point now) {
    if (const auto call = guard.belongs_to(who, now)) {
      guard.added(who, now);
      ++added;
      return call->value;
    }
    guard.opened(who, call_number{++calls}, now);
    return calls;
  }
};

desk after(uint32_t n) {
  return {flood_guard{{n, window}}};
}

}  // namespace

TEST(flood, mails_beyond_the_limit_come_to_the_last_call_that_was_opened) {
  auto d = after(3);
  for (uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(d.mail(ann, start), i);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(d.mail(ann, start + second * i), 3u);
  EXPECT_EQ(d.calls, 3u);
  EXPECT_EQ(d.added, 100u);
}

TEST(flood, it_lasts_as_long_as_the_sender_goes_on_and_is_over_when_he_kept_still) {
  auto d = after(3);
  for (int i = 0; i < 4; ++i) d.mail(ann, start);
  auto now = start;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(d.mail(ann, now += window - second), 3u);
  EXPECT_EQ(d.mail(ann, now + window), 4u);
  EXPECT_EQ(d.mail(ann, now + window), 5u) << "counted anew";
}

TEST(flood, the_same_number_of_calls_over_more_than_the_window_is_none) {
  auto d = after(3);
  for (int i = 0; i < 30; ++i) d.mail(ann, start + window / 2 * i);
  EXPECT_EQ(d.calls, 30u);
}

TEST(flood, others_are_not_touched) {
  auto d = after(2);
  for (int i = 0; i < 10; ++i) d.mail(ann, start);
  EXPECT_EQ(d.mail({"bob@example.org", false}, start), 3u);
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
  ASSERT_TRUE(d.guard.belongs_to(ann, start));
  d.guard.roll_back();
  EXPECT_FALSE(d.guard.belongs_to(ann, start));
}

TEST(flood, one_mail_of_a_round_is_taken_back_and_the_others_stay) {
  auto d = after(2);
  d.mail(ann, start);
  const auto place = d.guard.mark();
  d.mail(ann, start);
  d.guard.roll_back(place);
  EXPECT_FALSE(d.guard.belongs_to(ann, start));
  d.mail(ann, start);
  EXPECT_TRUE(d.guard.belongs_to(ann, start));
}

TEST(flood, asking_changes_nothing) {
  auto d = after(2);
  d.mail(ann, start);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(d.guard.belongs_to(ann, start));
  d.mail(ann, start);
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(d.guard.belongs_to(ann, start + (window - second) / 100 * i));
  EXPECT_FALSE(d.guard.belongs_to(ann, start + window)) << "questions do not prolong it";
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
  ASSERT_EQ(far.mail(ann, back), 3u);
  EXPECT_EQ(far.mail(ann, back + window), 4u) << "it ends as ever";
}

TEST(flood, memory_is_bounded) {
  flood_guard guard{{3, window}, 100};
  for (int i = 0; i < 1'000; ++i) {
    const auto who = "u" + std::to_string(i) + "@example.org";
    guard.opened({who, false}, call_number{1}, start);
    guard.commit(start);
    ASSERT_LE(guard.remembered(), 100u);
  }
}

TEST(flood, another_window_counts_anew_and_another_limit_does_not) {
  auto d = after(3);
  for (int i = 0; i < 3; ++i) d.mail(ann, start);
  d.guard.use({4, window});
  EXPECT_EQ(d.mail(ann, start), 4u);
  EXPECT_EQ(d.mail(ann, start), 4u);
  d.guard.use({4, window * 2});
  EXPECT_EQ(d.mail(ann, start), 5u);
}

TEST(flood, settings_have_defaults_and_are_read) {
  config::v1::AnswerLimits config;
  EXPECT_EQ(read_flood_settings(config), flood_settings{});
  config.set_flood_after(0);
  config.set_flood_window("5m");
  EXPECT_EQ(read_flood_settings(config), (flood_settings{0, duration{300'000}}));
}

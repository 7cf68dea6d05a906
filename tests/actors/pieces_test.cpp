#include <gtest/gtest.h>

#include "actors/byte_budget.hpp"
#include "actors/mailbox_window.hpp"
#include "actors/supervision.hpp"

namespace postroom::actors {
namespace {

channels::listed_mail mail(uint64_t uid, uint64_t size = 10) {
  return {uid, "", size, std::nullopt};
}

mail_item item(uint64_t uid, std::size_t bytes = 10) {
  mail_item out;
  out.listed = mail(uid, bytes);
  out.raw = std::make_shared<const std::string>(bytes, 'x');
  return out;
}

std::vector<uint64_t> uids(const std::vector<mail_item>& items) {
  std::vector<uint64_t> out;
  for (const auto& i : items) out.push_back(i.listed.uid);
  return out;
}

using list = std::vector<uint64_t>;

TEST(mailbox_window, hands_over_in_the_servers_order_although_mails_become_ready_out_of_order) {
  mailbox_window window{10, 1000};
  for (uint64_t uid : {3, 5, 9}) window.ask(mail(uid), nullptr);
  window.ready(9, item(9));
  window.ready(5, item(5));
  EXPECT_EQ(uids(window.next_batch(10, 1000)), list{});
  window.ready(3, item(3));
  EXPECT_EQ(uids(window.next_batch(10, 1000)), (list{3, 5, 9}));
}

TEST(mailbox_window, stops_a_batch_at_the_first_mail_that_is_not_ready) {
  mailbox_window window{10, 1000};
  for (uint64_t uid : {1, 2, 3}) window.ask(mail(uid), nullptr);
  window.ready(1, item(1));
  window.ready(3, item(3));
  EXPECT_EQ(uids(window.next_batch(10, 1000)), list{1});
}

TEST(mailbox_window, has_room_up_to_its_count_and_its_bytes_and_no_further) {
  mailbox_window window{3, 100};
  window.ask(mail(1, 60), nullptr);
  EXPECT_TRUE(window.has_room(40));
  EXPECT_FALSE(window.has_room(41));
  window.ask(mail(2, 0), nullptr);
  EXPECT_TRUE(window.has_room(1));
  window.ask(mail(3, 0), nullptr);
  EXPECT_FALSE(window.has_room(0));
}

TEST(mailbox_window, lets_one_mail_of_any_size_fly_alone) {
  mailbox_window window{3, 100};
  EXPECT_TRUE(window.has_room(1'000'000));
  window.ask(mail(1, 1'000'000), nullptr);
  EXPECT_FALSE(window.has_room(0));
  window.done(1);
  EXPECT_EQ(window.bytes(), 0u);
  EXPECT_TRUE(window.has_room(1'000'000));
}

TEST(mailbox_window, bounds_a_batch_by_count_and_bytes_but_gives_at_least_one_mail) {
  mailbox_window window{10, 10'000};
  for (uint64_t uid : {1, 2, 3}) window.ask(mail(uid, 100), nullptr);
  for (uint64_t uid : {1, 2, 3}) window.ready(uid, item(uid, 100));
  EXPECT_EQ(uids(window.next_batch(2, 10'000)), (list{1, 2}));
  EXPECT_EQ(uids(window.next_batch(10, 200)), (list{1, 2}));
  EXPECT_EQ(uids(window.next_batch(10, 1)), list{1});
}

TEST(mailbox_window, ignores_mails_it_did_not_ask_for_and_a_second_answer) {
  mailbox_window window{10, 1000};
  window.ask(mail(2), nullptr);
  window.ready(1, item(1));
  window.ready(3, item(3));
  EXPECT_TRUE(window.next_batch(10, 1000).empty());
  window.ready(2, item(2, 20));
  window.ready(2, item(2, 30));
  EXPECT_EQ(window.next_batch(10, 1000).at(0).bytes(), 20u);
}

TEST(mailbox_window, keeps_what_is_not_done_and_lets_go_of_the_holds_of_what_is) {
  mailbox_window window{10, 1000};
  std::vector<std::weak_ptr<void>> holds;
  for (uint64_t uid : {1, 2, 3}) {
    auto hold = std::make_shared<int>();
    holds.push_back(hold);
    window.ask(mail(uid, 10), hold);
    window.ready(uid, item(uid));
  }
  window.done(2);
  EXPECT_TRUE(holds[0].expired() && holds[1].expired());
  EXPECT_FALSE(holds[2].expired());
  EXPECT_EQ(uids(window.next_batch(10, 1000)), list{3});
  EXPECT_EQ(window.bytes(), 10u);
  window.done(5);
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(mailbox_window, forgets_a_mail_that_cannot_be_had_now_so_that_the_others_go_on) {
  mailbox_window window{10, 1000};
  for (uint64_t uid : {1, 2, 3}) window.ask(mail(uid), nullptr);
  window.ready(1, item(1));
  window.ready(3, item(3));
  window.forget(2);
  window.forget(9);
  window.forget(3);  // is here already
  EXPECT_EQ(uids(window.next_batch(10, 1000)), (list{1, 3}));
  EXPECT_EQ(window.bytes(), 20u);
}

TEST(mailbox_window, knows_which_mails_are_staged) {
  mailbox_window window{10, 1000};
  for (uint64_t uid : {1, 2, 3}) window.ask(mail(uid), nullptr);
  window.ready(1, item(1));
  EXPECT_TRUE(window.staged().empty());
  for (uint64_t uid : {1, 2, 3}) {
    auto large = item(uid);
    large.staged = mail_id{uid + 5};
    window.ready(uid, large);
  }
  EXPECT_EQ(window.staged(), (std::vector{mail_id{7}, mail_id{8}})) << "the first was ready before";
  EXPECT_EQ(window.staged(2), std::vector{mail_id{8}});
  EXPECT_TRUE(window.staged(4).empty());
  window.done(3);
  EXPECT_TRUE(window.staged().empty());
}

using lease_ptr = std::shared_ptr<byte_budget::lease>;

TEST(byte_budget, serves_in_the_order_of_asking_so_that_a_large_mail_is_not_starved) {
  auto budget = std::make_shared<byte_budget>(100);
  std::map<char, lease_ptr> granted;
  auto ask = [&](char who, uint64_t bytes) {
    budget->acquire(bytes, [&granted, who](lease_ptr l) { granted[who] = std::move(l); });
  };
  ask('a', 60);
  ask('b', 90);
  ask('c', 10);  // would fit, but b was first
  EXPECT_TRUE(granted.contains('a'));
  EXPECT_FALSE(granted.contains('b') || granted.contains('c'));
  granted['a'].reset();
  EXPECT_TRUE(granted['b'] && granted['c']);
  EXPECT_EQ(budget->used(), 100u);
}

TEST(byte_budget, counts_more_than_its_capacity_as_the_whole) {
  auto budget = std::make_shared<byte_budget>(100);
  lease_ptr huge, small;
  budget->acquire(5'000, [&](lease_ptr l) { huge = std::move(l); });
  ASSERT_TRUE(huge);
  EXPECT_EQ(budget->used(), 100u);
  budget->acquire(1, [&](lease_ptr l) { small = std::move(l); });
  EXPECT_FALSE(small);
  huge.reset();
  EXPECT_TRUE(small);
  EXPECT_EQ(budget->used(), 1u);
}

TEST(byte_budget, passes_over_waiters_that_are_gone_and_drop_their_lease) {
  auto budget = std::make_shared<byte_budget>(10);
  lease_ptr first, last;
  budget->acquire(10, [&](lease_ptr l) { first = std::move(l); });
  for (int i = 0; i < 100; ++i) budget->acquire(10, [](lease_ptr) {});
  budget->acquire(10, [&](lease_ptr l) { last = std::move(l); });
  first.reset();
  EXPECT_TRUE(last);
  last.reset();
  EXPECT_EQ(budget->used(), 0u);
}

const random_fn lowest = [] { return uint64_t{0}; };
duration at_most(const error& e, unsigned failures, bool healthy) {
  duration longest{0};
  for (uint64_t r = 0; r < 60'001; r += 499)
    longest = std::max(longest, judge(e, {failures, healthy}, [r] { return r; }).delay);
  return longest;
}

TEST(supervision, doubles_the_pause_of_a_transient_failure_up_to_a_minute) {
  struct row {
    unsigned failures;
    bool healthy;
    int half;
  };
  for (auto [failures, healthy, half] :
       {row{1, true, 250}, row{2, true, 500}, row{3, true, 1000}, row{7, true, 16'000},
        row{8, true, 30'000}, row{100, true, 30'000}, row{1, false, 1000}, row{2, false, 2000},
        row{6, false, 30'000}}) {
    auto v = judge(fail(ec::unreachable), {failures, healthy}, lowest);
    EXPECT_EQ(v.fate, fate::restart);
    EXPECT_EQ(v.delay, duration{half}) << failures << " healthy " << healthy;
    auto longest = at_most(fail(ec::unreachable), failures, healthy);
    EXPECT_LE(longest, duration{2 * half});
    EXPECT_GT(longest, duration{2 * half - half / 4});
  }
}

TEST(supervision, judges_every_error_by_its_class) {
  for (std::size_t i = 1; i < ec_count; ++i) {
    auto e = fail(static_cast<ec>(i));
    for (bool healthy : {false, true})
      for (unsigned failures : {1u, 5u, 6u, 50u}) {
        bool park =
            e.kind() == error_class::permanent || (e.kind() == error_class::bug && failures > 5);
        auto v = judge(e, {failures, healthy}, lowest);
        EXPECT_EQ(v.fate, park ? fate::park : fate::restart) << e.text() << " " << failures;
        if (park)
          EXPECT_EQ(v.delay, duration{15 * 60'000}) << e.text();
        else
          EXPECT_LE(v.delay, duration{60'000}) << e.text();
      }
  }
}

TEST(supervision, counts_failures_anew_after_ten_healthy_minutes_only) {
  duration ten{600'000};
  EXPECT_EQ(failures_so_far(7, {0, true, ten}), 1u);
  EXPECT_EQ(failures_so_far(7, {0, true, ten - duration{1}}), 8u);
  EXPECT_EQ(failures_so_far(7, {0, false, ten * 10}), 8u);
  EXPECT_EQ(failures_so_far(0, {0, false, duration{0}}), 1u);
}

}  // namespace
}  // namespace postroom::actors

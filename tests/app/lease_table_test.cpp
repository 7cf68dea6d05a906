#include "app/lease_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace postroom::app {
namespace {

struct leases : testing::Test {
  time_point now{duration{1'000'000}};
  lease_table table{[this] { return now; }};
  lease_table::key it_in{"IT", 1, "it-in"};
};

TEST_F(leases, a_lease_ends_by_the_clock_and_is_renewed_by_opening_again) {
  ASSERT_TRUE(table.open(it_in, "ann"));
  now += lease_table::term - duration{1};
  EXPECT_EQ(table.check(it_in, "bob").code(), ec::conflict);
  ASSERT_TRUE(table.open(it_in, "ann"));
  now += lease_table::term - duration{1};
  EXPECT_EQ(table.holder(it_in)->holder, "ann");
  now += duration{1};
  EXPECT_FALSE(table.holder(it_in));
  EXPECT_TRUE(table.open(it_in, "bob"));
}

TEST_F(leases, who_takes_over_has_it_and_the_other_is_refused_then) {
  ASSERT_TRUE(table.open(it_in, "ann"));
  EXPECT_EQ(table.open(it_in, "bob").code(), ec::conflict);
  EXPECT_EQ(table.close(it_in, "bob").code(), ec::conflict);
  ASSERT_TRUE(table.open(it_in, "bob", "ann"));
  EXPECT_EQ(table.check(it_in, "ann").code(), ec::conflict);
  EXPECT_TRUE(table.check(it_in, "bob"));
  EXPECT_TRUE(table.close(it_in, "bob"));
  EXPECT_TRUE(table.close(it_in, "bob")) << "nobody has it";
}

TEST_F(leases, of_two_who_take_it_from_one_holder_the_first_gets_it) {
  ASSERT_TRUE(table.open(it_in, "ann"));
  ASSERT_TRUE(table.open(it_in, "bob", "ann"));
  const auto second = table.open(it_in, "cid", "ann");
  EXPECT_EQ(second.code(), ec::conflict);
  EXPECT_NE(second.error().text().find("bob"), std::string::npos);
  EXPECT_EQ(table.holder(it_in)->holder, "bob");
}

TEST_F(leases, of_many_who_take_it_at_once_exactly_one_gets_it) {
  ASSERT_TRUE(table.open(it_in, "ann"));
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 16; ++i)
      all.emplace_back([&, who = "caller " + std::to_string(i)] {
        if (table.open(it_in, who, "ann")) ++won;
      });
  }
  EXPECT_EQ(won, 1);
}

TEST_F(leases, what_was_taken_is_put_back_unless_somebody_came_after) {
  const auto before = *table.open(it_in, "ann");
  ASSERT_TRUE(table.open(it_in, "bob", "ann"));
  table.put_back(it_in, "bob", before);
  EXPECT_EQ(table.holder(it_in)->holder, "ann");
  ASSERT_TRUE(table.open(it_in, "cid", "ann"));
  table.put_back(it_in, "bob", before);
  EXPECT_EQ(table.holder(it_in)->holder, "cid");
}

TEST_F(leases, servers_of_one_name_in_other_partitions_and_directions_are_others) {
  ASSERT_TRUE(table.open(it_in, "ann"));
  EXPECT_TRUE(table.open({"IT", 2, "it-in"}, "bob"));
  EXPECT_TRUE(table.open({"HR", 1, "it-in"}, "bob"));
}

TEST_F(leases, the_table_is_bounded_and_forgets_what_has_ended) {
  for (std::size_t i = 0; i < lease_table::max_leases; ++i)
    ASSERT_TRUE(table.open({"IT", 1, std::to_string(i)}, "ann"));
  EXPECT_EQ(table.open(it_in, "ann").code(), ec::overloaded);
  EXPECT_TRUE(table.open({"IT", 1, "0"}, "ann")) << "it has its place";
  now += lease_table::term;
  EXPECT_TRUE(table.open(it_in, "ann"));
}

}  // namespace
}  // namespace postroom::app

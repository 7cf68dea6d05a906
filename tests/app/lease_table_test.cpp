#include "app/lease_table.hpp"

#include <gtest/gtest.h>

namespace postroom::app {
namespace {

struct leases : testing::Test {
  time_point now{duration{1'000'000}};
  lease_table table{[this] { return now; }};
  lease_table::key it_in{"IT", 1, "it-in"};
};

TEST_F(leases, a_lease_ends_by_the_clock_and_is_renewed_by_opening_again) {
  ASSERT_TRUE(table.open(it_in, "ann", false));
  now += lease_table::term - duration{1};
  EXPECT_EQ(table.check(it_in, "bob").code(), ec::conflict);
  ASSERT_TRUE(table.open(it_in, "ann", false));
  now += lease_table::term - duration{1};
  EXPECT_EQ(table.holder(it_in)->holder, "ann");
  now += duration{1};
  EXPECT_FALSE(table.holder(it_in));
  EXPECT_TRUE(table.open(it_in, "bob", false));
}

TEST_F(leases, who_takes_over_has_it_and_the_other_is_refused_then) {
  ASSERT_TRUE(table.open(it_in, "ann", false));
  EXPECT_EQ(table.open(it_in, "bob", false).code(), ec::conflict);
  EXPECT_EQ(table.close(it_in, "bob").code(), ec::conflict);
  ASSERT_TRUE(table.open(it_in, "bob", true));
  EXPECT_EQ(table.check(it_in, "ann").code(), ec::conflict);
  EXPECT_TRUE(table.check(it_in, "bob"));
  EXPECT_TRUE(table.close(it_in, "bob"));
  EXPECT_TRUE(table.close(it_in, "bob")) << "nobody has it";
}

TEST_F(leases, servers_of_one_name_in_other_partitions_and_directions_are_others) {
  ASSERT_TRUE(table.open(it_in, "ann", false));
  EXPECT_TRUE(table.open({"IT", 2, "it-in"}, "bob", false));
  EXPECT_TRUE(table.open({"HR", 1, "it-in"}, "bob", false));
}

TEST_F(leases, the_table_is_bounded_and_forgets_what_has_ended) {
  for (std::size_t i = 0; i < lease_table::max_leases; ++i)
    ASSERT_TRUE(table.open({"IT", 1, std::to_string(i)}, "ann", false));
  EXPECT_EQ(table.open(it_in, "ann", false).code(), ec::overloaded);
  EXPECT_TRUE(table.open({"IT", 1, "0"}, "ann", false)) << "it has its place";
  now += lease_table::term;
  EXPECT_TRUE(table.open(it_in, "ann", false));
}

}  // namespace
}  // namespace postroom::app

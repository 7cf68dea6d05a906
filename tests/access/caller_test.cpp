#include "access/caller.hpp"

#include <gtest/gtest.h>

namespace postroom::access {

using namespace admin::v1;

TEST(caller, a_right_for_a_partition_is_none_for_others_nor_for_the_node) {
  const caller who{"ann", "", {{VIEW_CALLS, {false, {"HR"}}}}};
  EXPECT_TRUE(who.may(VIEW_CALLS, "HR"));
  EXPECT_TRUE(who.may_somewhere(VIEW_CALLS));
  EXPECT_FALSE(who.may(VIEW_CALLS, "IT"));
  EXPECT_FALSE(who.may(VIEW_CALLS, ""));
  EXPECT_FALSE(who.may_everywhere(VIEW_CALLS));
  EXPECT_FALSE(who.may_somewhere(OUTBOX));
}

TEST(caller, the_operator_of_the_machine_may_do_everything_and_nobody_nothing) {
  for (int i = Right_MIN + 1; i <= Right_MAX; ++i) {
    const auto r = static_cast<Right>(i);
    EXPECT_TRUE(caller::machine_operator("root", "").may_everywhere(r)) << Right_Name(r);
    EXPECT_FALSE(caller{}.may_somewhere(r)) << Right_Name(r);
  }
}

TEST(caller, rights_in_named_partitions_do_not_cover_a_right_everywhere) {
  const rights_map held{{VIEW_CALLS, {false, {"HR", "IT"}}}, {OUTBOX, {true, {}}}};
  EXPECT_TRUE(covers(held, {{VIEW_CALLS, {false, {"HR"}}}, {OUTBOX, {false, {"X"}}}}));
  EXPECT_TRUE(covers(held, {{OUTBOX, {true, {}}}}));
  EXPECT_FALSE(covers(held, {{VIEW_CALLS, {true, {}}}}));
  EXPECT_FALSE(covers(held, {{VIEW_CALLS, {false, {"HR", "X"}}}}));
  EXPECT_FALSE(covers(held, {{AUDIT, {false, {"HR"}}}}));
}

TEST(caller, what_two_hold_in_common_is_in_both) {
  const rights_map a{
      {VIEW_CALLS, {true, {}}}, {OUTBOX, {false, {"HR", "IT"}}}, {AUDIT, {true, {}}}};
  const rights_map b{{VIEW_CALLS, {false, {"HR"}}}, {OUTBOX, {false, {"IT", "X"}}}};
  const auto both = common(a, b);
  EXPECT_EQ(both, common(b, a));
  EXPECT_EQ(both.at(VIEW_CALLS), (extent{false, {"HR"}}));
  EXPECT_EQ(both.at(OUTBOX), (extent{false, {"IT"}}));
  EXPECT_FALSE(both.contains(AUDIT));
  EXPECT_TRUE(common(a, a).at(AUDIT).everywhere);
}

}  // namespace postroom::access

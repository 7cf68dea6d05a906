#include "partitions/address_marks.hpp"

#include <gtest/gtest.h>

namespace postroom::partitions {
namespace {

record::v1::AddressMark mark(const char* address, const char* status) {
  record::v1::AddressMark out;
  out.set_address(address);
  out.set_status(status);
  return out;
}

TEST(address_marks, only_a_status_of_the_address_itself_says_that_nothing_will_ever_reach_it) {
  for (const auto* status :
       {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
    EXPECT_TRUE(is_unreachable(mark("ann@example.org", status))) << status;
  for (const auto* status : {"", "4.1.1", "4.4.1", "5.0.0", "5.1.4", "5.1.5", "5.1.7", "5.1.8",
                             "5.1.11", "5.2.2", "5.2.3", "5.4.6", "5.7.1", "5.7.26"})
    EXPECT_FALSE(is_unreachable(mark("ann@example.org", status))) << status;
}

TEST(address_marks, an_address_whose_reader_complained_keeps_mails_away_and_tells_why) {
  record::v1::Person p;
  auto& complaint = *p.add_marks();
  complaint.set_address("una@example.com");
  complaint.set_status(complaint_status);
  complaint.set_diagnostic("abuse");
  EXPECT_FALSE(is_unreachable(complaint));
  EXPECT_EQ(unreachable_mark(p, "una@example.com"), &complaint);
  EXPECT_EQ(why_kept_away(complaint), "its reader complained of our mails (abuse)");
}

TEST(address_marks, another_address_of_the_same_person_may_be_written_to) {
  record::v1::Person p;
  *p.add_marks() = mark("old@example.org", "5.1.1");
  *p.add_marks() = mark("full@example.org", "5.2.2");
  ASSERT_NE(unreachable_mark(p, "old@example.org"), nullptr);
  EXPECT_EQ(unreachable_mark(p, "old@example.org")->status(), "5.1.1");
  EXPECT_EQ(unreachable_mark(p, "full@example.org"), nullptr);
  EXPECT_EQ(unreachable_mark(p, "new@example.org"), nullptr);
}

TEST(address_marks, an_address_that_is_taken_away_takes_its_mark_along) {
  record::v1::Person p;
  p.add_addresses("Ann@Example.org");
  *p.add_marks() = mark("old@example.org", "5.1.1");
  *p.add_marks() = mark("ann@example.org", "5.1.1");
  drop_old_marks(p);
  ASSERT_EQ(p.marks_size(), 1);
  EXPECT_EQ(p.marks(0).address(), "ann@example.org");
}

}  // namespace
}  // namespace postroom::partitions

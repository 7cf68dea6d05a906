#include "app/scanner_table.hpp"

#include <gtest/gtest.h>

#include "tests/actors/fake_scanner.hpp"

namespace postroom::app {
namespace {

using actors::test::fake_clamd;
using actors::test::fake_scanner;

struct scanner_table_test : testing::Test {
  partitions::scan_settings at(const std::string& host) {
    partitions::scan_settings out;
    out.scanner = {"", host, 3310};
    return out;
  }

  int made = 0;
  scanner_table table{[this](const partitions::scan_settings&) {
    ++made;
    return std::make_shared<fake_scanner>(std::make_shared<fake_clamd>());
  }};
  partition_id it{"IT"}, hr{"HR"};
};

TEST_F(scanner_table_test, all_who_ask_for_a_partitions_scanner_share_one) {
  const auto first = table.scanner_of(it, at("one"));
  EXPECT_EQ(table.scanner_of(it, at("one")), first);
  EXPECT_EQ(made, 1);
}

TEST_F(scanner_table_test, partitions_share_none) {
  const auto first = table.scanner_of(it, at("one"));
  EXPECT_NE(table.scanner_of(hr, at("one")), first);
}

TEST_F(scanner_table_test,
       other_settings_have_another_scanner_and_the_old_one_stays_with_its_users) {
  const auto first = table.scanner_of(it, at("one"));
  const auto second = table.scanner_of(it, at("two"));
  EXPECT_NE(second, first);
  EXPECT_EQ(table.scanner_of(it, at("two")), second);
}

TEST_F(scanner_table_test, one_that_nobody_holds_any_more_is_gone) {
  const std::weak_ptr<channels::mail_scanner> gone = table.scanner_of(it, at("one"));
  EXPECT_TRUE(gone.expired());
  EXPECT_TRUE(table.scanner_of(it, at("one")));
  EXPECT_EQ(made, 2);
}

}  // namespace
}  // namespace postroom::app

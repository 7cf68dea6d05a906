#include "app/admin_settings.hpp"

#include <gtest/gtest.h>

#include "storage/engines.hpp"
#include "tests/app/settings_versions.hpp"

namespace postroom::app {
namespace {

using admin::v1::DiffRequest;
using admin::v1::ListVersionsRequest;

struct admin_settings : testing::Test {
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  std::shared_ptr<storage::unit_store> store = *engine->open("settings");

  result<admin::v1::DiffResponse> diff_of(uint64_t from, uint64_t to) const {
    DiffRequest r;
    r.set_from(from);
    r.set_to(to);
    return diff(*store, r);
  }
};

}  // namespace

TEST_F(admin_settings, versions_come_newest_first_and_page_by_page) {
  store_versions(*store, 5);
  ListVersionsRequest r;
  r.set_page_size(2);
  std::string seen;
  for (int pages = 1;; ++pages) {
    const auto page = list_versions(*store, r);
    ASSERT_TRUE(page);
    for (const auto& v : page->versions()) seen += std::to_string(v.version());
    if (page->next_page_token().empty()) {
      EXPECT_EQ(pages, 3);
      break;
    }
    r.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(seen, "54321");
}

TEST_F(admin_settings, a_page_is_fifty_versions_and_never_more_than_a_thousand) {
  store_versions(*store, 1200);
  ListVersionsRequest r;
  EXPECT_EQ(list_versions(*store, r)->versions_size(), 50);
  r.set_page_size(UINT32_MAX);
  EXPECT_EQ(list_versions(*store, r)->versions_size(), 1000);
}

TEST_F(admin_settings, a_page_token_of_somebody_else_is_refused) {
  ListVersionsRequest r;
  for (const auto* token : {"0", "x", "3x", "-1", "99999999999999999999"}) {
    r.set_page_token(token);
    EXPECT_EQ(list_versions(*store, r).code(), ec::config_invalid) << token;
  }
}

TEST_F(admin_settings, a_diff_is_by_default_what_the_newest_version_changed) {
  store_versions(*store, 3);
  const auto got = diff_of(0, 0);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->from(), 2u);
  EXPECT_EQ(got->to(), 3u);
  ASSERT_EQ(got->changes_size(), 1);
  EXPECT_EQ(got->changes(0).before(), "name 2");
  EXPECT_EQ(got->changes(0).after(), "name 3");
  EXPECT_EQ(got->changes_total(), 1u);
}

TEST_F(admin_settings, a_diff_goes_either_way_and_from_nothing) {
  store_versions(*store, 3);
  EXPECT_EQ(diff_of(3, 1)->changes(0).after(), "name 1");
  EXPECT_EQ(diff_of(1, 0)->to(), 3u);
  const auto first = diff_of(0, 1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->from(), 0u);
  EXPECT_EQ(first->changes(0).kind(), admin::v1::Change::ADDED);
}

TEST_F(admin_settings, a_version_that_is_not_there_is_named) {
  EXPECT_EQ(diff_of(0, 0).error().detail,
            "nothing was ever configured; give files with `postroom apply`");
  store_versions(*store, 3);
  EXPECT_TRUE(diff_of(9, 0).error().detail.starts_with("there is no version 9 "));
  EXPECT_EQ(diff_of(1, 9).code(), ec::not_found);
}

TEST_F(admin_settings, requests_say_to_the_actors_all_they_say_to_us) {
  admin::v1::ApplyRequest a;
  a.add_partitions()->set_id("IT");
  a.set_prune(true);
  a.set_dry_run(true);
  a.set_who("ann");
  a.set_reason("why");
  a.set_expected_version(7);
  const auto apply = wanted_change(a, "10.0.0.7");
  EXPECT_EQ(apply->partitions.size(), 1u);
  EXPECT_FALSE(apply->general);
  EXPECT_FALSE(apply->back);
  EXPECT_TRUE(apply->prune && apply->dry_run);
  EXPECT_EQ(apply->who + " " + apply->reason + " " + apply->from, "ann why 10.0.0.7");
  EXPECT_EQ(apply->expected_version, 7u);
  EXPECT_TRUE(wanted_change(admin::v1::CheckRequest{})->dry_run);
  admin::v1::RollBackRequest b;
  b.set_version(3);
  b.set_partition("IT");
  b.set_reason("why");
  b.set_expected_version(7);
  const auto back = wanted_change(b, "10.0.0.7");
  ASSERT_TRUE(back->back);
  EXPECT_EQ(back->back->version, 3u);
  EXPECT_EQ(back->back->partition, "IT");
  EXPECT_FALSE(back->dry_run);
  EXPECT_EQ(back->from, "10.0.0.7");
  b.set_dry_run(true);
  EXPECT_TRUE(wanted_change(b, "")->dry_run);
  EXPECT_EQ(back->expected_version, 7u);
}

}  // namespace postroom::app

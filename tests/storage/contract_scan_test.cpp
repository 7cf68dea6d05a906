#include <algorithm>

#include "storage/keys.hpp"
#include "tests/storage/engine_fixture.hpp"

using namespace postroom;
using namespace postroom::storage;
using namespace postroom::storage::test;
using namespace std::string_literals;

class scans : public contract {
 protected:
  void SetUp() override {
    contract::SetUp();
    write_batch batch;
    for (const auto& key : {"k"s, "k\0"s, "ka"s, "kb"s, "k\xff"s, "l"s}) batch.put(key, "=" + key);
    commit(std::move(batch));
  }

  static std::vector<std::string> keys_in(const pair_list& pairs) {
    std::vector<std::string> out;
    for (const auto& [key, value] : pairs) {
      EXPECT_EQ(value, "=" + key);
      out.push_back(key);
    }
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(every, scans, every_engine(), name_of);

TEST_P(scans, a_scan_shows_keys_in_byte_order) {
  EXPECT_EQ(keys_in(scanned(*store_, {"k", "m"})),
            (std::vector{"k"s, "k\0"s, "ka"s, "kb"s, "k\xff"s, "l"s}));
}

TEST_P(scans, a_scan_in_reverse_shows_the_same_backwards) {
  auto there = scanned(*store_, {"k", "m"}), back = scanned(*store_, {"k", "m"}, true);
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(there, back);
  EXPECT_EQ(there.size(), 6u);
}

TEST_P(scans, a_range_holds_its_first_and_not_its_last) {
  for (bool reverse : {false, true}) {
    auto keys = keys_in(scanned(*store_, {"k\0"s, "kb"}, reverse));
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(keys, (std::vector{"k\0"s, "ka"s}));
  }
}

TEST_P(scans, a_range_between_two_keys_is_empty_both_ways) {
  EXPECT_TRUE(scanned(*store_, {"kaa", "kb"}).empty());
  EXPECT_TRUE(scanned(*store_, {"kaa", "kb"}, true).empty());
  EXPECT_TRUE(scanned(*store_, {"ka", "ka"}).empty());
  EXPECT_TRUE(scanned(*store_, {"ka", "ka"}, true).empty());
}

TEST_P(scans, a_range_that_ends_before_it_begins_is_empty_both_ways) {
  EXPECT_TRUE(scanned(*store_, {"l", "k"}).empty());
  EXPECT_TRUE(scanned(*store_, {"l", "k"}, true).empty());
}

TEST_P(scans, no_last_key_means_to_the_end) {
  EXPECT_EQ(keys_in(scanned(*store_, {"kb", ""})), (std::vector{"kb"s, "k\xff"s, "l"s}));
  EXPECT_EQ(keys_in(scanned(*store_, {"kb", ""}, true)), (std::vector{"l"s, "k\xff"s, "kb"s}));
}

TEST_P(scans, the_visitor_stops_the_scan) {
  for (bool reverse : {false, true}) {
    std::vector<std::string> seen;
    auto done = store_->scan(
        {"k", "m"},
        [&](auto key, auto) {
          seen.emplace_back(key);
          return seen.size() < 2;
        },
        reverse);
    EXPECT_TRUE(done);
    EXPECT_EQ(seen, reverse ? (std::vector{"l"s, "k\xff"s}) : (std::vector{"k"s, "k\0"s}));
  }
}

TEST_P(scans, what_is_committed_during_a_scan_is_not_shown_by_it) {
  std::size_t seen = 0;
  auto done = store_->scan({"k", "m"}, [&](auto key, auto value) {
    if (seen++ == 0) {
      write_batch batch = putting("kz", "new");
      batch.erase("kb");
      batch.put("l", "changed");
      commit(std::move(batch));
    }
    EXPECT_EQ(value, "=" + std::string{key});
    return true;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 6u);
  EXPECT_EQ(got(*store_, "l"), "changed");
}

TEST_P(scans, several_keys_are_read_in_the_order_asked_with_gaps_where_nothing_is) {
  std::vector<std::string> keys{"l", "missing", "k", "l"};
  auto values = store_->multi_get(keys);
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (std::vector<std::optional<std::string>>{"=l", std::nullopt, "=k", "=l"}));
}

TEST_P(scans, asking_for_no_keys_gives_no_values) {
  auto values = store_->multi_get({});
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->empty());
}

TEST_P(scans, an_empty_value_is_not_a_missing_one) {
  commit(putting("empty", ""));
  EXPECT_EQ(got(*store_, "empty"), "");
  EXPECT_EQ(got(*store_, "emptier"), std::nullopt);
  EXPECT_EQ(scanned(*store_, {"empty", "emptz"}), (pair_list{{"empty", ""}}));
}

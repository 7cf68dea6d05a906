#include <algorithm>
#include <set>
#include <thread>

#include "storage/keys.hpp"
#include "tests/storage/engine_fixture.hpp"

using namespace postroom;
using namespace postroom::storage;
using namespace postroom::storage::test;

class commits : public contract {};
INSTANTIATE_TEST_SUITE_P(every, commits, every_engine(), name_of);

TEST_P(commits, a_commit_writes_everything_it_names_in_its_order) {
  commit(putting("gone", "x"));
  write_batch batch;
  batch.put("a", "1");
  batch.put("b", "2");
  batch.put("a", "3");
  batch.erase("gone");
  batch.put("short-lived", "4");
  batch.erase("short-lived");
  commit(std::move(batch));
  EXPECT_EQ(got(*store_, "a"), "3");
  EXPECT_EQ(got(*store_, "b"), "2");
  EXPECT_EQ(got(*store_, "gone"), std::nullopt);
  EXPECT_EQ(got(*store_, "short-lived"), std::nullopt);
}

TEST_P(commits, a_refused_commit_leaves_no_trace) {
  write_batch batch;
  batch.put("a", "1");
  batch.erase_range("z", "b");
  EXPECT_EQ(store_->commit(owner_, std::move(batch)).code(), ec::internal);
  EXPECT_EQ(got(*store_, "a"), std::nullopt);
}

TEST_P(commits, an_empty_commit_succeeds) {
  commit({});
}

TEST_P(commits, values_of_any_size_come_back_whole) {
  for (std::size_t size : {0u, 1u, 2047u, 2048u, 65'536u, 1u << 20, 5u << 20}) {
    auto key = "value-" + std::to_string(size);
    auto value = noise(size, size);
    commit(putting(key, value));
    EXPECT_TRUE(got(*store_, key) == value) << size;
  }
}

TEST_P(commits, a_batch_keeps_the_owner_of_a_shared_value_alive_and_copies_nothing) {
  auto mail = std::make_shared<const std::string>(noise(100'000, 1));
  write_batch batch;
  batch.put_shared("part", mail, std::string_view{*mail}.substr(10, 50'000));
  ASSERT_EQ(batch.ops().size(), 1u);
  EXPECT_EQ(batch.ops()[0].data().data(), mail->data() + 10);
  EXPECT_EQ(batch.bytes(), 50'004u);
  auto expected = mail->substr(10, 50'000);
  std::weak_ptr<const std::string> watched = mail;
  mail.reset();
  EXPECT_FALSE(watched.expired());
  commit(std::move(batch));
  EXPECT_TRUE(watched.expired());
  EXPECT_TRUE(got(*store_, "part") == expected);
}

TEST_P(commits, an_appended_batch_comes_after_what_was_there) {
  write_batch first = putting("a", "1"), second = putting("a", "2");
  second.put("b", "3");
  first.append(std::move(second));
  EXPECT_EQ(first.ops().size(), 3u);
  EXPECT_EQ(first.bytes(), 6u);
  commit(std::move(first));
  EXPECT_EQ(got(*store_, "a"), "2");
  EXPECT_EQ(got(*store_, "b"), "3");
}

TEST_P(commits, erasing_a_range_takes_the_first_key_and_leaves_the_last) {
  write_batch batch;
  for (auto key : {"a", "b", "c", "d"}) batch.put(key, "x");
  commit(std::move(batch));
  write_batch erase;
  erase.erase_range("b", "d");
  erase.erase_range("a", "a");
  erase.put("c", "again");
  commit(std::move(erase));
  auto left = scanned(*store_, {"a", "z"});
  EXPECT_EQ(left, (pair_list{{"a", "x"}, {"c", "again"}, {"d", "x"}}));
}

TEST_P(commits, staged_writes_are_read_at_once_and_stay_after_the_next_commit) {
  ASSERT_TRUE(store_->stage(owner_, putting("piece", "1")));
  EXPECT_EQ(got(*store_, "piece"), "1");
  commit(putting("whole", "piece"));
  EXPECT_EQ(got(*store_, "piece"), "1");
  EXPECT_EQ(got(*store_, "whole"), "piece");
}

TEST_P(commits, each_claim_is_one_more_than_the_one_before) {
  EXPECT_EQ(owner_, epoch{1});
  EXPECT_EQ(claimed(*store_), epoch{2});
  EXPECT_EQ(claimed(*store_), epoch{3});
  EXPECT_EQ(claimed(*opened("another-unit")), epoch{1});
}

TEST_P(commits, an_older_or_a_never_given_epoch_is_refused_and_writes_nothing) {
  auto current = claimed(*store_);
  for (auto wrong : {epoch{0}, owner_, epoch{current.value + 1}}) {
    EXPECT_EQ(store_->commit(wrong, putting("a", "1")).code(), ec::stale_epoch);
    EXPECT_EQ(store_->stage(wrong, putting("a", "1")).code(), ec::stale_epoch);
  }
  EXPECT_EQ(got(*store_, "a"), std::nullopt);
  EXPECT_TRUE(store_->commit(current, putting("a", "1")));
}

TEST_P(commits, a_unit_that_nobody_claimed_takes_no_writes) {
  auto fresh = opened("fresh");
  EXPECT_EQ(fresh->commit(epoch{0}, putting("a", "1")).code(), ec::stale_epoch);
  EXPECT_EQ(fresh->stage(epoch{0}, putting("a", "1")).code(), ec::stale_epoch);
  EXPECT_EQ(got(*fresh, "a"), std::nullopt);
}

TEST_P(commits, a_batch_cannot_touch_the_epoch) {
  auto key = keys::meta("epoch");
  write_batch erase, range;
  erase.erase(key);
  range.erase_range(keys::meta(""), keys::meta("z"));
  EXPECT_EQ(store_->commit(owner_, putting(key, "x")).code(), ec::internal);
  EXPECT_EQ(store_->commit(owner_, std::move(erase)).code(), ec::internal);
  EXPECT_EQ(store_->stage(owner_, std::move(range)).code(), ec::internal);
  EXPECT_TRUE(store_->commit(owner_, putting(keys::meta("epochs"), "x")));
}

TEST_P(commits, two_handles_are_one_unit) {
  auto again = opened("partition-IT");
  EXPECT_EQ(again, store_);
  EXPECT_NE(opened("partition-HR"), store_);
}

TEST_P(commits, units_share_nothing_and_are_listed_in_order) {
  auto hr = opened("partition-HR");
  ASSERT_TRUE(hr->commit(claimed(*hr), putting("a", "hr")));
  commit(putting("a", "it"));
  EXPECT_EQ(got(*hr, "a"), "hr");
  EXPECT_EQ(got(*store_, "a"), "it");
  auto names = engine_->units();
  ASSERT_TRUE(names);
  EXPECT_EQ(*names, (std::vector<std::string>{"partition-HR", "partition-IT"}));
}

TEST_P(commits, a_name_that_is_no_folder_name_of_ours_is_refused) {
  for (auto name : {"", ".", "..", "a/b", "../a", "a b", "ä", "a.b"})
    EXPECT_EQ(engine_->open(name).code(), ec::config_invalid) << name;
  EXPECT_EQ(engine_->open(std::string(65, 'a')).code(), ec::config_invalid);
  EXPECT_TRUE(engine_->open(std::string(64, 'a')));
  EXPECT_TRUE(engine_->open("Az09-_"));
}

TEST_P(commits, many_threads_commit_at_once_and_nothing_is_lost) {
  constexpr int threads = 8, each = 40;
  std::atomic<int> failed{0};
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        auto name = std::to_string(t) + "-" + std::to_string(i);
        write_batch batch = putting("left-" + name, name);
        batch.put("right-" + name, name);
        if (!store_->commit(owner_, std::move(batch))) ++failed;
      }
    });
  for (auto& thread : running) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(scanned(*store_, {"left-", "left."}).size(), std::size_t{threads * each});
  EXPECT_EQ(scanned(*store_, {"right-", "right."}).size(), std::size_t{threads * each});
}

TEST_P(commits, no_commit_of_an_older_owner_lands_after_a_claim) {
  constexpr int threads = 4, claims = 30;
  std::atomic<uint64_t> last_claimed{owner_.value};
  std::atomic<bool> stop{false};
  std::atomic<int> late{0}, accepted{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        epoch mine{last_claimed.load()};
        auto key = "w" + std::to_string(t) + "-" + std::to_string(i);
        auto before = last_claimed.load();
        auto done = store_->commit(mine, putting(key, "x"));
        if (done && before > mine.value) ++late;
        if (done) ++accepted;
        if (!done && done.code() != ec::stale_epoch) ++late;
      }
    });
  for (int i = 0; i < claims; ++i) {
    last_claimed = claimed(*store_).value;
    while (accepted <= i) std::this_thread::yield();
  }
  stop = true;
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(late, 0);
  EXPECT_EQ(last_claimed, owner_.value + claims);
}

TEST_P(commits, racing_claims_give_each_claimer_its_own_epoch) {
  constexpr int threads = 6;
  std::vector<epoch> given(threads);
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&, t] { given[static_cast<std::size_t>(t)] = claimed(*store_); });
  for (auto& thread : running) thread.join();
  EXPECT_EQ(std::set<epoch>(given.begin(), given.end()).size(), std::size_t{threads});
  EXPECT_EQ(*std::max_element(given.begin(), given.end()), epoch{owner_.value + threads});
}

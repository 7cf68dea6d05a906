#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "storage/rocks_shared.hpp"
#include "tests/storage/engine_fixture.hpp"
#include "tests/storage/faulty_disk.hpp"

using namespace postroom;
using namespace postroom::storage;
using namespace postroom::storage::test;

namespace {

using fault = faulty_disk::fault;

/// While it lives no file of this process can grow past `bytes`.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit now = before_;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_size_limit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

struct write_errors : testing::Test {
  temp_folder folder;
  std::shared_ptr<faulty_disk> disk = std::make_shared<faulty_disk>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  std::unique_ptr<engine> engine_;
  std::shared_ptr<unit_store> store;
  epoch owner;

  void SetUp() override {
    open_unit(256u << 10);  // small, so that faults also meet flushes and new logs
  }

  void open_unit(std::size_t write_buffer_bytes) {
    store.reset();
    rocks_options small;
    small.unit_write_buffer_bytes = write_buffer_bytes;
    auto made = make_rocks_engine_on(folder.path(), small, env.get());
    ASSERT_TRUE(made);
    engine_ = std::move(*made);
    auto opened = engine_->open("partition-IT");
    ASSERT_TRUE(opened) << opened.error().text();
    store = *opened;
    auto claimed = store->claim();
    ASSERT_TRUE(claimed);
    owner = *claimed;
    ASSERT_TRUE(store->commit(owner, putting("before", "1")));
  }

  ec commit(const std::string& key) {
    write_batch batch = putting(key, std::string(5000, 'x'));
    batch.put(key + "-too", "x");
    return store->commit(owner, std::move(batch)).code();
  }

  /// A batch that was refused is there whole or not at all.
  void expect_whole_or_not(const std::string& key) {
    EXPECT_EQ(got(*store, key).has_value(), got(*store, key + "-too").has_value());
  }

  /// What holds once the disk works again.
  void expect_well_again() {
    disk->set(fault::none);
    EXPECT_EQ(commit("after"), ec::none);
    auto claimed = store->claim();
    ASSERT_TRUE(claimed) << claimed.error().text();
    EXPECT_GT(*claimed, owner) << "the epoch was not lost";
  }
  void expect_nothing_acknowledged_is_lost() {
    store.reset();
    engine_ = rocks_in(folder.path());
    store = *engine_->open("partition-IT");
    EXPECT_EQ(got(*store, "before"), "1");
    EXPECT_EQ(got(*store, "after"), std::string(5000, 'x'));
    expect_whole_or_not("during");
  }
};

}  // namespace

TEST_F(write_errors, a_full_disk_refuses_the_commit_keeps_reading_and_heals_by_itself) {
  disk->set(fault::full);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(commit("during"), ec::no_space);
  EXPECT_EQ(store->stage(owner, putting("piece", "x")).code(), ec::no_space);
  EXPECT_EQ(store->claim().code(), ec::no_space);
  EXPECT_EQ(got(*store, "before"), "1");
  expect_whole_or_not("during");
  expect_well_again();
  expect_nothing_acknowledged_is_lost();
}

TEST_F(write_errors, a_disk_with_too_little_room_to_open_the_unit_again_leaves_it_readable) {
  open_unit(64u << 20);
  ASSERT_TRUE(store->commit(owner, putting("log", noise(8u << 20, 1))));
  disk->set(fault::full);
  EXPECT_EQ(commit("during"), ec::no_space);
  disk->leave_room_for(4 << 20);
  EXPECT_EQ(commit("during"), ec::no_space);
  EXPECT_EQ(got(*store, "before"), "1");
  disk->leave_room_for(64 << 20);
  EXPECT_EQ(commit("after"), ec::none);
  expect_nothing_acknowledged_is_lost();
}

TEST_F(write_errors, a_sync_that_fails_is_no_success_and_heals_once_the_disk_does) {
  disk->set(fault::sync_fails);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(commit("during"), ec::store_io);
  EXPECT_EQ(store->claim().code(), ec::store_io);
  expect_well_again();
  expect_whole_or_not("during");
  expect_nothing_acknowledged_is_lost();
}

TEST_F(write_errors, a_write_that_fails_is_no_success_and_heals_once_the_disk_does) {
  disk->set(fault::write_fails);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(commit("during"), ec::store_io);
  EXPECT_EQ(store->stage(owner, putting("piece", "x")).code(), ec::store_io);
  expect_well_again();
  expect_nothing_acknowledged_is_lost();
}

TEST_F(write_errors, a_stale_owner_stays_refused_after_healing) {
  auto newer = store->claim();
  ASSERT_TRUE(newer);
  disk->set(fault::sync_fails);
  EXPECT_EQ(store->commit(*newer, putting("x", "x")).code(), ec::store_io);
  disk->set(fault::none);
  EXPECT_EQ(commit("during"), ec::stale_epoch);
  EXPECT_TRUE(store->commit(*newer, putting("x", "x")));
}

TEST_F(write_errors, a_unit_being_scanned_is_not_closed_under_the_reader) {
  disk->set(fault::sync_fails);
  EXPECT_EQ(commit("during"), ec::store_io);
  disk->set(fault::none);
  std::size_t seen = 0;
  auto scanned = store->scan({"before", ""}, [&](auto, auto) {
    if (seen++ == 0) {
      EXPECT_EQ(commit("inside"), ec::store_io);
    }
    return true;
  });
  EXPECT_TRUE(scanned);
  EXPECT_GE(seen, 1u);
  expect_well_again();
}

TEST_F(write_errors, opening_on_a_full_disk_says_so) {
  disk->set(fault::full);
  EXPECT_EQ(engine_->open("partition-HR").code(), ec::no_space);
  disk->set(fault::none);
  EXPECT_TRUE(engine_->open("partition-HR"));
}

TEST_F(write_errors, a_file_the_kernel_will_not_let_grow_is_no_success) {
  {
    file_size_limit small{256u << 10};
    write_batch large = putting("during", std::string(1u << 20, 'x'));
    large.put("during-too", "x");
    EXPECT_EQ(store->commit(owner, std::move(large)).code(), ec::store_io);
  }
  expect_well_again();
  expect_whole_or_not("during");
  expect_nothing_acknowledged_is_lost();
}

TEST_F(write_errors, faults_that_come_and_go_under_many_writers_lose_nothing_acknowledged) {
  constexpr int writers = 4, faults = 40;
  std::atomic<bool> stop{false};
  std::atomic<int> accepted{0};
  std::vector<std::set<std::string>> acknowledged(writers);
  std::vector<std::thread> threads;
  for (int t = 0; t < writers; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        auto key = "k" + std::to_string(t) + "-" + std::to_string(i);
        if (commit(key) != ec::none) continue;
        acknowledged[static_cast<std::size_t>(t)].insert(key);
        ++accepted;
      }
    });
  for (int i = 0; i < faults; ++i) {
    disk->set(std::array{fault::full, fault::sync_fails, fault::write_fails}[i % 3u]);
    while (commit("during") == ec::none) {
    }
    disk->set(fault::none);
    for (int before = accepted; accepted < before + 5;) std::this_thread::yield();
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(commit("after"), ec::none);
  expect_nothing_acknowledged_is_lost();
  for (const auto& keys : acknowledged)
    for (const auto& key : keys) EXPECT_TRUE(got(*store, key) && got(*store, key + "-too")) << key;
}

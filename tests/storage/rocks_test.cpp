#include <rocksdb/db.h>
#include <rocksdb/status.h>

#include <fstream>
#include <thread>

#include "storage/keys.hpp"
#include "storage/rocks_status.hpp"
#include "tests/storage/engine_fixture.hpp"

using namespace postroom;
using namespace postroom::storage;
using namespace postroom::storage::test;
namespace fs = std::filesystem;

namespace {

struct rocks : testing::Test {
  temp_folder folder;
  std::unique_ptr<engine> engine_ = rocks_in(folder.path());

  std::shared_ptr<unit_store> open(const std::string& unit = "partition-IT") {
    auto store = engine_->open(unit);
    if (!store) throw std::runtime_error(store.error().text());
    return *store;
  }

  epoch fill(const std::string& key, const std::string& value) {
    auto store = open();
    auto owner = store->claim();
    EXPECT_TRUE(owner);
    EXPECT_TRUE(store->commit(*owner, putting(key, value)));
    return *owner;
  }
};

/// Writes past the store, as a damaged disk or another program would.
void put_raw(const fs::path& folder, const std::string& key, const std::string& value) {
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, folder.string(), &db).ok());
  EXPECT_TRUE(db->Put({}, key, value).ok());
  delete db;
}

fs::path first_with(const fs::path& folder, const std::string& extension) {
  for (const auto& file : fs::directory_iterator{folder})
    if (file.path().extension() == extension) return file.path();
  return {};
}

}  // namespace

TEST_F(rocks, what_was_committed_is_there_after_closing_and_opening) {
  auto owner = fill("a", "1");
  engine_.reset();
  engine_ = rocks_in(folder.path());
  auto store = open();
  EXPECT_EQ(got(*store, "a"), "1");
  EXPECT_TRUE(store->commit(owner, putting("b", "2"))) << "the epoch is still the same";
  EXPECT_EQ(*store->claim(), epoch{owner.value + 1});
}

TEST_F(rocks, an_owner_of_before_is_refused_after_another_claimed_and_the_unit_was_opened_again) {
  auto old = fill("a", "1");
  fill("a", "2");
  auto store = open();
  EXPECT_EQ(store->commit(old, putting("a", "3")).code(), ec::stale_epoch);
  EXPECT_EQ(got(*store, "a"), "2");
}

TEST_F(rocks, staged_pieces_are_there_after_an_orderly_close) {
  auto owner = fill("a", "1");
  EXPECT_TRUE(open()->stage(owner, putting("piece", std::string(100'000, 'x'))));
  EXPECT_EQ(got(*open(), "piece"), std::string(100'000, 'x'));
}

TEST_F(rocks, a_unit_outlives_its_engine) {
  auto store = open();
  engine_.reset();
  auto owner = store->claim();
  ASSERT_TRUE(owner);
  EXPECT_TRUE(store->commit(*owner, putting("a", "1")));
}

TEST_F(rocks, letting_go_of_the_last_handle_closes_the_unit_for_others) {
  auto store = open();
  auto other = rocks_in(folder.path());
  EXPECT_EQ(other->open("partition-IT").code(), ec::store_io) << "it is locked while open";
  store.reset();
  EXPECT_TRUE(other->open("partition-IT"));
}

TEST_F(rocks, opening_and_letting_go_from_many_threads_always_gives_a_working_unit) {
  auto owner = fill("a", "1");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        auto store = engine_->open("partition-IT");
        ASSERT_TRUE(store) << store.error().text();
        EXPECT_TRUE((*store)->commit(owner, putting("b", "2")));
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST_F(rocks, an_epoch_that_does_not_parse_is_corrupt) {
  fill("a", "1");
  for (std::string broken : {"", "1234567", "123456789"}) {
    put_raw(folder.path() / "partition-IT", keys::meta("epoch"), broken);
    EXPECT_EQ(engine_->open("partition-IT").code(), ec::corrupt_record) << broken.size();
  }
  put_raw(folder.path() / "partition-IT", keys::meta("epoch"), std::string(8, '\0'));
  EXPECT_EQ(engine_->open("partition-IT").code(), ec::corrupt_record);
}

TEST_F(rocks, a_damaged_blob_is_reported_as_corrupt_and_not_returned) {
  fill("large", std::string(100'000, 'x'));
  open();
  auto unit = folder.path() / "partition-IT";
  auto blob = first_with(unit, ".blob");
  ASSERT_FALSE(blob.empty()) << "recovery writes large values to a blob file";
  std::fstream file{blob, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(static_cast<std::streamoff>(fs::file_size(blob) / 2));
  file.write("damage", 6);
  file.close();
  auto store = open();
  EXPECT_EQ(store->get("large").code(), ec::corrupt_record);
  std::vector<std::string> keys{"large"};
  EXPECT_EQ(store->multi_get(keys).code(), ec::corrupt_record);
  auto ignore = [](auto, auto) { return true; };
  EXPECT_EQ(store->scan({"large", "largf"}, ignore).code(), ec::corrupt_record);
}

TEST_F(rocks, a_unit_that_lost_its_head_is_refused_and_not_begun_anew) {
  fill("a", "1");
  auto unit = folder.path() / "partition-IT";
  fs::remove(unit / "CURRENT");
  EXPECT_EQ(engine_->open("partition-IT").code(), ec::corrupt_record);
  EXPECT_FALSE(first_with(unit, ".log").empty()) << "the data is left for whoever repairs it";
}

TEST_F(rocks, a_unit_whose_making_was_cut_short_is_made_again) {
  auto unit = folder.path() / "partition-IT";
  fs::create_directory(unit);
  std::ofstream{unit / "MANIFEST-000001"} << "half";
  fill("a", "1");
  EXPECT_EQ(got(*open(), "a"), "1");
}

TEST_F(rocks, only_units_are_listed) {
  fill("a", "1");
  fs::create_directory(folder.path() / "lost+found");
  fs::create_directory(folder.path() / "empty");
  std::ofstream{folder.path() / "notes"} << "hello";
  EXPECT_EQ(*engine_->units(), std::vector<std::string>{"partition-IT"});
}

TEST_F(rocks, large_values_go_to_compressed_blob_files) {
  fill("large", std::string(4u << 20, 'x'));
  open();
  auto blob = first_with(folder.path() / "partition-IT", ".blob");
  ASSERT_FALSE(blob.empty());
  EXPECT_LT(fs::file_size(blob), 100'000u);
}

TEST_F(rocks, units_that_fell_silent_give_their_memory_back_to_the_busy_ones) {
  rocks_options tight;
  tight.write_buffer_bytes = 2u << 20;
  engine_ = std::move(*make_rocks_engine(folder.path(), tight));
  std::vector<std::shared_ptr<unit_store>> silent;
  for (int i = 0; i < 4; ++i) {
    auto store = open("silent-" + std::to_string(i));
    auto owner = store->claim();
    ASSERT_TRUE(owner);
    ASSERT_TRUE(store->commit(*owner, putting("a", std::string(300'000, 'x'))));
    silent.push_back(store);
  }
  auto busy = open("busy");
  auto owner = busy->claim();
  ASSERT_TRUE(owner);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(busy->commit(*owner, putting(std::to_string(i), std::string(100'000, 'y'))));
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(first_with(folder.path() / ("silent-" + std::to_string(i)), ".sst").empty()) << i;
}

TEST_F(rocks, the_folder_of_a_unit_is_closed_to_other_users) {
  auto store = open();
  auto mode = fs::status(folder.path() / "partition-IT").permissions();
  EXPECT_EQ(mode & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST(rocks_errors, a_root_that_cannot_be_made_is_an_error) {
  temp_folder folder;
  std::ofstream{folder.path() / "file"} << "x";
  EXPECT_EQ(make_rocks_engine(folder.path() / "file" / "root").code(), ec::store_io);
}

TEST(rocks_errors, each_status_has_its_code) {
  using rocksdb::Status;
  const std::pair<Status, ec> table[] = {
      {Status::NoSpace(), ec::no_space},
      {Status::SpaceLimit(), ec::no_space},
      {Status::IOError("x"), ec::store_io},
      {Status::PathNotFound(), ec::store_io},
      {Status::Corruption("x"), ec::corrupt_record},
      {Status::NotFound(), ec::not_found},
      {Status::InvalidArgument("x"), ec::internal},
      {Status::NotSupported("x"), ec::internal},
      {Status::Busy(), ec::store_io},
      {Status::TimedOut(), ec::store_io},
      {Status::Aborted(), ec::store_io},
      {Status::MemoryLimit(), ec::store_io},
      {Status::ShutdownInProgress(), ec::store_io},
      {Status::TryAgain(), ec::store_io},
      {Status::Incomplete(), ec::store_io},
      {Status::Expired(), ec::store_io},
      {Status::CompactionTooLarge(), ec::store_io},
      {Status::ColumnFamilyDropped(), ec::store_io},
  };
  for (const auto& [status, code] : table)
    EXPECT_EQ(rocks_error(status, "x").code, code) << status.ToString();
}

TEST(rocks_errors, the_detail_says_what_was_tried_and_what_rocksdb_said) {
  auto error = rocks_error(rocksdb::Status::IOError("boom"), "cannot write to unit");
  EXPECT_EQ(error.detail, "cannot write to unit: IO error: boom");
}

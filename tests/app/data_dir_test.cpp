#include "app/data_dir.hpp"

#include <sys/stat.h>

#include "tests/api/fixture.hpp"

namespace postroom::app {
namespace {

struct data_dir : testing::Test {
  api::temp_folder folder;
  std::string path = folder.path / "data";

  void make(mode_t mode) const {
    std::filesystem::create_directory(path);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  mode_t mode() const {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777u : 0;
  }
};

}  // namespace

TEST_F(data_dir, is_made_and_closed_to_others) {
  path = folder.path / "a" / "b";
  ASSERT_TRUE(make_data_dir(path));
  EXPECT_EQ(mode(), 0700u);
}

TEST_F(data_dir, that_is_empty_or_ours_is_closed_to_others) {
  make(0755);
  ASSERT_TRUE(make_data_dir(path));
  EXPECT_EQ(mode(), 0700u);
  std::filesystem::create_directory(path + "/units");
  make(0750);
  ASSERT_TRUE(make_data_dir(path));
  EXPECT_EQ(mode(), 0700u);
}

TEST_F(data_dir, that_holds_other_things_is_refused_and_left_alone_unless_it_is_closed) {
  make(01777);
  std::filesystem::create_directory(path + "/theirs");
  const auto made = make_data_dir(path);
  ASSERT_EQ(made.code(), ec::config_invalid);
  EXPECT_NE(made.error().detail.find("is open to other users; name a folder of its own"),
            std::string::npos);
  EXPECT_EQ(mode(), 01777u);
  make(0700);
  EXPECT_TRUE(make_data_dir(path));
}

TEST_F(data_dir, has_one_process_at_a_time) {
  make(0700);
  data_dir_lock second;
  {
    data_dir_lock first;
    ASSERT_TRUE(first.take(path));
    const auto refused = second.take(path);
    ASSERT_EQ(refused.code(), ec::already_exists);
    EXPECT_NE(refused.error().detail.find("another postroom uses data_dir"), std::string::npos);
  }
  data_dir_lock third;
  EXPECT_TRUE(third.take(path));
}

}  // namespace postroom::app

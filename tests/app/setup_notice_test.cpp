#include "app/setup_notice.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/engines.hpp"

namespace postroom::app {
namespace {

namespace fs = std::filesystem;

struct setup_notice_fixture : testing::Test {
  fs::path folder;
  std::string path;
  std::unique_ptr<storage::engine> engine = storage::make_memory_engine();
  time_point at{duration{1'800'000'000'000}};
  std::unique_ptr<access::registry> registry;
  std::ostringstream out;

  void SetUp() override {
    std::string name = "/tmp/postroom-setup-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    path = folder / "setup-token";
    access::registry_options o;
    o.clock = [this] { return at; };
    o.cost = {16, 1, 1};
    registry = *access::registry::open(*engine, std::move(o));
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string token_in_file() const {
    std::string line;
    std::ifstream{path} >> line;
    return line;
  }
  result<void> set_up(const std::string& token) {
    return registry->set_up(token, "ann", "correct horse battery");
  }
};

}  // namespace

TEST_F(setup_notice_fixture, a_terminal_shows_the_token_itself_and_no_file_is_made) {
  setup_notice notice{*registry, folder};
  ASSERT_TRUE(notice.announce(out, true));
  const auto begin = out.str().find("prx_");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(set_up(out.str().substr(begin, 68)));
}

TEST_F(setup_notice_fixture, elsewhere_only_a_file_that_nobody_else_reads_holds_it) {
  setup_notice notice{*registry, folder};
  ASSERT_TRUE(notice.announce(out, false));
  EXPECT_EQ(out.str().find("prx_"), std::string::npos);
  EXPECT_NE(out.str().find(path), std::string::npos);
  struct stat s {};
  ASSERT_EQ(::stat(path.c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600u);
  notice.check();
  EXPECT_TRUE(set_up(token_in_file()));
  notice.check();
  EXPECT_FALSE(fs::exists(path)) << "used";
}

TEST_F(setup_notice_fixture, the_file_goes_when_its_token_expires_or_another_one_takes_its_place) {
  setup_notice notice{*registry, folder};
  ASSERT_TRUE(notice.announce(out, false));
  at += duration{3'600'000};
  notice.check();
  EXPECT_FALSE(fs::exists(path)) << "expired";
  ASSERT_TRUE(notice.announce(out, false));
  ASSERT_TRUE(registry->renew_setup());
  notice.check();
  EXPECT_FALSE(fs::exists(path)) << "replaced";
}

TEST_F(setup_notice_fixture, the_file_goes_with_the_process_and_a_left_one_at_the_next_start) {
  {
    setup_notice notice{*registry, folder};
    ASSERT_TRUE(notice.announce(out, false));
  }
  EXPECT_FALSE(fs::exists(path));
  std::ofstream{path} << "of a killed process";
  ASSERT_TRUE(set_up(registry->renew_setup()->secret));
  setup_notice notice{*registry, folder};
  ASSERT_TRUE(notice.announce(out, false));
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(out.str().find("setup-token\n"), std::string::npos);
}

TEST_F(setup_notice_fixture, a_link_in_the_place_of_the_file_is_not_followed) {
  const auto elsewhere = folder / "elsewhere";
  setup_notice notice{*registry, folder};
  fs::create_symlink(elsewhere, path);
  EXPECT_EQ(notice.announce(out, false).code(), ec::config_invalid);
  EXPECT_FALSE(fs::exists(elsewhere));
}

}  // namespace postroom::app

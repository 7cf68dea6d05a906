#include "app/node_config.hpp"

#include <gtest/gtest.h>

#include "app/secrets.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace postroom;

namespace {

struct bad_node {
  const char* path;
  void (*spoil)(config::v1::Node&);
};

config::v1::Node good_node() {
  config::v1::Node node;
  node.set_data_dir("/var/lib/postroom");
  return node;
}

}  // namespace

TEST(node_config, a_plain_node_has_no_problems) {
  EXPECT_TRUE(app::node_problems(good_node()).empty());
}

TEST(node_config, each_wrong_setting_is_named) {
  for (const auto& c : {
           bad_node{"data_dir", [](auto& n) { n.clear_data_dir(); }},
           bad_node{"log.level", [](auto& n) { n.mutable_log()->set_level("loud"); }},
           bad_node{"log.format", [](auto& n) { n.mutable_log()->set_format("xml"); }},
           bad_node{"scheduler_threads", [](auto& n) { n.set_scheduler_threads(65); }},
           bad_node{"store_threads", [](auto& n) { n.set_store_threads(1000); }},
           bad_node{"shutdown_deadline", [](auto& n) { n.set_shutdown_deadline("soon"); }},
           bad_node{"shutdown_deadline", [](auto& n) { n.set_shutdown_deadline("1h"); }},
           bad_node{"secrets_key", [](auto& n) { n.set_secrets_key(std::string(64, 'a')); }},
           bad_node{"secrets_old_keys", [](auto& n) { n.add_secrets_old_keys("env:OLD"); }},
           bad_node{"secrets_old_keys[1]",
                    [](auto& n) {
                      n.set_secrets_key("file:/k");
                      n.add_secrets_old_keys("credential:old");
                      n.add_secrets_old_keys("credential:../old");
                    }},
       }) {
    auto node = good_node();
    c.spoil(node);
    auto problems = app::node_problems(node);
    ASSERT_EQ(problems.size(), 1u) << c.path;
    EXPECT_EQ(problems[0].path, c.path);
    EXPECT_FALSE(problems[0].remedy.empty());
    EXPECT_EQ(problems[0].what.find("aaaa"), std::string::npos) << "it may be the key itself";
  }
}

TEST(node_config, all_problems_are_listed_at_once) {
  config::v1::Node node;
  node.mutable_log()->set_level("loud");
  node.set_shutdown_deadline("0s");
  EXPECT_EQ(app::node_problems(node).size(), 3u);
}

TEST(secrets, come_from_the_environment_or_a_file_without_its_line_end) {
  ::setenv("POSTROOM_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(*app::resolve_secret("env:POSTROOM_TEST_SECRET"), "s3cret");
  auto path = testing::TempDir() + "secret-" + std::to_string(::getpid());
  std::ofstream{path} << "from file\r\n";
  EXPECT_EQ(*app::resolve_secret("file:" + path), "from file");
  std::remove(path.c_str());
  EXPECT_EQ(app::resolve_secret("file:" + path).code(), ec::config_invalid);
}

TEST(secrets, an_error_never_repeats_a_value) {
  auto got = app::resolve_secret("hunter2");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().detail.find("hunter2"), std::string::npos);
  EXPECT_EQ(app::resolve_secret("env:POSTROOM_NO_SUCH").code(), ec::config_invalid);
}

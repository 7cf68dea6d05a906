#include "app/node_process.hpp"

#include "tests/api/fixture.hpp"
#include "tests/app/valid_yaml.hpp"

namespace postroom::app {
namespace {

struct node_life : testing::Test {
  api::temp_folder folder;
  std::string files = folder.path / "partitions";
  std::unique_ptr<node_process> process;

  void SetUp() override {
    std::filesystem::create_directory(files);
    config::v1::Node node;
    node.set_data_dir(folder.path / "data");
    auto started = node_process::start(node);
    ASSERT_TRUE(started) << started.error().text();
    process = std::move(*started);
  }
  void TearDown() override { EXPECT_TRUE(!process || process->stop(duration{20'000})); }
  void write(const std::string& name, const std::string& text) const {
    write_file(files + "/" + name, text);
  }
};

}  // namespace

TEST_F(node_life, general_settings_that_no_file_holds_any_more_are_the_defaults_again) {
  write("it.yaml", partition_yaml("IT"));
  write("general.yaml", "general:\n  default_format: PLAIN\n");
  ASSERT_TRUE(process->reload(files));
  std::filesystem::remove(files + "/general.yaml");
  ASSERT_TRUE(process->reload(files));
  admin::v1::ApplyRequest again;
  again.mutable_general()->set_default_format("PLAIN");
  const auto applied = process->backend().apply(again, {});
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->changed_size(), 1);
  EXPECT_EQ(applied->changed(0), "general settings");
}

TEST_F(node_life, a_folder_with_problems_is_complained_about_until_it_was_applied) {
  EXPECT_TRUE(process->complaints().empty());
  write("it.yaml", "id: IT\n");
  EXPECT_FALSE(process->reload(files));
  ASSERT_EQ(process->complaints().size(), 1u);
  EXPECT_NE(process->complaints()[0].find("partitions_dir"), std::string::npos);
  write("it.yaml", partition_yaml("IT"));
  EXPECT_TRUE(process->reload(files));
  for (const auto& c : process->complaints())
    EXPECT_EQ(c.find("partitions_dir"), std::string::npos) << c;
}

TEST_F(node_life, a_second_process_on_one_data_directory_is_refused_by_that_name) {
  config::v1::Node node;
  node.set_data_dir(folder.path / "data");
  const auto second = node_process::start(node);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ec::already_exists);
}

}  // namespace postroom::app

#include "app/cli_files.hpp"

#include <sys/stat.h>

#include "tests/api/fixture.hpp"
#include "tests/app/valid_yaml.hpp"

namespace postroom::app {
namespace {

struct config_files : testing::Test {
  api::temp_folder folder;
  std::string path(const std::string& name) const { return folder.path / name; }
  void write(const std::string& name, const std::string& text) const {
    write_file(path(name), text);
  }
  std::vector<std::string> ids(const loaded_config& loaded) const {
    std::vector<std::string> out;
    for (const auto& d : loaded.documents)
      out.push_back(d.is_general ? "general" : d.partition.id());
    return out;
  }
};

std::string text_of(const std::vector<admin::v1::Problem>& problems) {
  std::string out;
  for (const auto& p : problems) out += render_problem(p) + "\n";
  return out;
}

}  // namespace

TEST_F(config_files, a_directory_stands_for_its_yaml_files_by_name_but_for_a_node_configuration) {
  write("b.yaml", partition_yaml("BB"));
  write("a.yml", partition_yaml("AA"));
  write("general.yaml", "general:\n  default_format: PLAIN\n");
  write("node.yaml", "# comment\ndata_dir: /var/lib/postroom\n");
  write("notes.txt", "id: CC\n");
  std::filesystem::create_directory(path("old.yaml"));
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(text_of(loaded.problems), "");
  EXPECT_EQ(ids(loaded), (std::vector<std::string>{"AA", "BB", "general"}));
  EXPECT_EQ(text_of(check_config(loaded)), "");
}

TEST_F(config_files, a_node_configuration_named_as_a_file_is_told_where_to_go) {
  write("node.yaml", "data_dir: /x\nlog:\n  level: info\n");
  const auto loaded = load_config({path("node.yaml")});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_NE(text_of(loaded.problems).find("postroom serve --config"), std::string::npos);
}

TEST_F(config_files, what_cannot_be_read_is_a_problem_and_the_rest_is_read) {
  write("a.yaml", partition_yaml("AA"));
  std::filesystem::create_directory(path("empty"));
  const auto loaded = load_config({path("missing.yaml"), path("empty"), path("a.yaml")});
  EXPECT_EQ(ids(loaded), std::vector<std::string>{"AA"});
  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_NE(loaded.problems[0].problem().find("No such file"), std::string::npos);
  EXPECT_NE(loaded.problems[1].problem().find("no *.yaml"), std::string::npos);
}

TEST_F(config_files, a_file_without_end_is_refused) {
  EXPECT_EQ(read_file("/dev/zero").code(), ec::config_invalid);
  EXPECT_EQ(read_file(folder.path).code(), ec::config_invalid);
}

TEST_F(config_files, a_loop_of_links_is_a_problem_of_that_name_and_the_rest_is_read) {
  write("a.yaml", partition_yaml("AA"));
  std::filesystem::create_symlink("loop.yaml", path("loop.yaml"));
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(ids(loaded), std::vector<std::string>{"AA"});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_NE(text_of(loaded.problems).find("loop.yaml: cannot read"), std::string::npos);
}

TEST_F(config_files, a_pipe_in_a_directory_is_not_waited_for) {
  ASSERT_EQ(::mkfifo(path("pipe.yaml").c_str(), 0600), 0);
  const auto loaded = load_config({folder.path});
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].problem(), "is no regular file");
}

TEST_F(config_files, names_that_begin_with_a_dot_are_passed_over) {
  write("a.yaml", partition_yaml("AA"));
  write(".a.yaml", partition_yaml("AA"));
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(text_of(loaded.problems), "");
  EXPECT_EQ(ids(loaded), std::vector<std::string>{"AA"});
}

TEST_F(config_files, a_huge_file_is_told_the_real_limit_and_what_helps) {
  write("a.yaml", std::string((4u << 20) + 1, '#'));
  const auto text = text_of(load_config({folder.path}).problems);
  EXPECT_NE(text.find("larger than 4 MiB; divide it into several files"), std::string::npos)
      << text;
}

TEST_F(config_files, more_documents_than_a_node_is_made_for_are_one_problem) {
  std::string yaml;
  for (std::size_t i = 0; i < max_documents + 5; ++i)
    yaml += "---\nid: P" + std::to_string(i) + "\n";
  write("a.yaml", yaml + "---\nid: P1004\n");
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(loaded.documents.size(), max_documents);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_NE(text_of(loaded.problems).find("1000 documents"), std::string::npos);
}

TEST_F(config_files, a_partition_in_two_files_is_named_with_both) {
  write("a.yaml", partition_yaml("IT"));
  write("b.yaml", partition_yaml("IT"));
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(ids(loaded), std::vector<std::string>{"IT"});
  const auto text = text_of(check_config(loaded));
  EXPECT_NE(text.find("b.yaml:1: id: partition IT stands here and in "), std::string::npos) << text;
  EXPECT_NE(text.find("a.yaml"), std::string::npos) << text;
}

TEST_F(config_files, general_settings_given_twice_are_a_problem) {
  write("a.yaml", "general:\n  default_format: HTML\n---\ngeneral:\n  default_format: PLAIN\n");
  const auto loaded = load_config({folder.path});
  EXPECT_EQ(ids(loaded), std::vector<std::string>{"general"});
  EXPECT_EQ(loaded.problems.size(), 1u);
}

TEST_F(config_files, problems_of_reading_and_of_checking_come_together_with_file_and_line) {
  auto yaml = partition_yaml("IT");
  yaml.replace(yaml.find("Normal: P1"), 10, "Normal: P9");
  write("it.yaml", yaml + "colour: red\n");
  write("hr.yaml", "name: no id\n" + partition_yaml("HR").substr(7));
  const auto text = text_of(check_config(load_config({path("it.yaml"), path("hr.yaml")})));
  EXPECT_NE(text.find("it.yaml:11: colour: "), std::string::npos) << text;
  EXPECT_NE(text.find("it.yaml:8: matrix[0]"), std::string::npos) << text;
  EXPECT_NE(text.find("hr.yaml:1: id: "), std::string::npos) << text;
}

TEST_F(config_files, a_problem_the_server_finds_is_shown_at_its_line) {
  write("it.yaml", partition_yaml("IT"));
  const auto loaded = load_config({path("it.yaml")});
  admin::v1::Problem p;
  p.set_partition("IT");
  p.set_path("templates[0].impact");
  p.set_problem("x");
  const problem_locator lines{loaded};
  lines.locate(p);
  EXPECT_EQ(render_problem(p), path("it.yaml") + ":10: templates[0].impact: x");
  admin::v1::Problem other;
  other.set_partition("HR");
  other.set_path("id");
  other.set_problem("x");
  lines.locate(other);
  EXPECT_EQ(render_problem(other), "partition HR: id: x");
}

TEST_F(config_files, a_hostile_file_cannot_write_to_the_terminal) {
  write("it.yaml", "id: \"\\e[2J\"\n\"a\\x07\": 1\n");
  const auto text = text_of(check_config(load_config({path("it.yaml")})));
  EXPECT_NE(text, "");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
}

}  // namespace postroom::app

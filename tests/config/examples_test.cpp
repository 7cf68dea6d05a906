#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "config/reader.hpp"
#include "partitions/validate.hpp"

/// The examples are the users' first documentation: they must always be right.
namespace {

using namespace postroom;

/// An example with the values that the demo fills in.
std::string rendered(const std::string& name) {
  std::ifstream in(std::string(POSTROOM_SOURCE_DIR "/deploy/examples/") + name);
  std::ostringstream all;
  all << in.rdbuf();
  std::string text = all.str();
  const std::map<std::string, std::string> values{
      {"DATA_DIR", "/tmp/data"}, {"PARTITIONS_DIR", "/tmp/partitions"},
      {"METRICS_PORT", "9090"},  {"IMAP_PORT", "1143"},
      {"IMAPS_PORT", "1993"},    {"POP3S_PORT", "1995"},
      {"SMTP_PORT", "1025"},     {"CA_FILE", "/tmp/ca.pem"}};
  for (const auto& [key, value] : values) {
    const std::string placeholder = "${" + key + "}";
    for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder)) {
      text.replace(at, placeholder.size(), value);
    }
  }
  return text;
}

std::vector<config::document> read(const std::string& name) {
  std::vector<config::file_problem> problems;
  auto documents = config::read_documents(rendered(name), name, problems);
  for (const auto& p : problems) {
    ADD_FAILURE() << p.file << ":" << p.line << ": " << p.path << ": " << p.what;
  }
  EXPECT_EQ(documents.size(), 1u) << name;
  return documents;
}

}  // namespace

TEST(examples, are_one_valid_configuration_together) {
  config::v1::Settings settings;
  *settings.mutable_general() = read("general.yaml").at(0).general;
  for (const char* name : {"it.yaml", "support.yaml", "hr.yaml"}) {
    *settings.add_partitions() = read(name).at(0).partition;
  }
  for (const auto& p : partitions::validate(settings)) {
    ADD_FAILURE() << p.partition << " " << p.path << ": " << p.what << " (" << p.remedy << ")";
  }
  EXPECT_EQ(settings.general().default_format(), "HTML");
  EXPECT_EQ(settings.partitions(0).incoming(0).port(), 1993u);
  EXPECT_EQ(settings.partitions(2).incoming(0).protocol(), "POP3");
}

TEST(examples, hold_no_placeholder_that_the_demo_does_not_know) {
  for (const char* name : {"node.yaml", "general.yaml", "it.yaml", "support.yaml", "hr.yaml"}) {
    std::istringstream lines(rendered(name));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#")) continue;
      EXPECT_EQ(line.find("${"), std::string::npos) << name << ": " << line;
    }
  }
}

TEST(examples, start_a_node) {
  std::vector<config::file_problem> problems;
  const auto node = config::read_node(rendered("node.yaml"), "node.yaml", problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(node.data_dir(), "/tmp/data");
  EXPECT_EQ(node.metrics_listen(), "127.0.0.1:9090");
  EXPECT_EQ(node.log().level(), "info");
}

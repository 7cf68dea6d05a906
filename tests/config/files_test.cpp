#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/reader.hpp"
#include "partitions/validate.hpp"

/// Each file in bad/ is broken in the ways of one family of rules; the .expect file beside it lists
/// the problems that a person must see, one a line: "line path: what".
namespace {

namespace fs = std::filesystem;
using namespace postroom;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

/// The line of a problem in the document of its partition; of several with one id it is the last
/// that is wrong.
unsigned line_of(const std::vector<config::document>& documents, const partitions::problem& p) {
  const config::document* found = nullptr;
  int place = 0;
  for (const auto& doc : documents) {
    const std::string& id = doc.partition.id();
    const std::string name = id.empty() ? "#" + std::to_string(place + 1) : id;
    if (doc.is_general ? p.partition.empty() : p.partition == name) found = &doc;
    place += doc.is_general ? 0 : 1;
  }
  return found == nullptr ? 0 : found->line_of(p.path);
}

std::string check(const fs::path& path) {
  std::vector<config::file_problem> problems;
  const auto documents = config::read_documents(slurp(path), path.filename(), problems);
  config::v1::Settings settings;
  for (const auto& doc : documents) {
    if (doc.is_general) *settings.mutable_general() = doc.general;
    if (!doc.is_general) *settings.add_partitions() = doc.partition;
  }
  if (problems.empty()) {
    for (const auto& p : partitions::validate(settings)) {
      problems.push_back({path.filename(), line_of(documents, p), p.path, p.what, p.remedy});
    }
  }
  std::string seen;
  for (const auto& p : problems) {
    EXPECT_FALSE(p.remedy.empty()) << p.path;
    EXPECT_EQ((p.what + p.remedy).find("hunter2"), std::string::npos) << "a secret shows";
    seen += std::to_string(p.line) + " " + p.path + ": " + p.what + "\n";
  }
  return seen;
}

class bad_file : public testing::TestWithParam<std::string> {};

TEST_P(bad_file, shows_every_problem_at_its_line) {
  const fs::path folder = fs::path(POSTROOM_SOURCE_DIR) / "tests/config/bad";
  const std::string expected = slurp(folder / (GetParam() + ".expect"));
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(check(folder / (GetParam() + ".yaml")), expected);
}

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator(fs::path(POSTROOM_SOURCE_DIR) / "tests/config/bad")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(files, bad_file, testing::ValuesIn(bad_files()),
                         [](const auto& file) { return file.param; });

}  // namespace

#include "partitions/validate.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

using namespace postroom::partitions;
using postroom::config::v1::Settings;

namespace {

std::vector<std::string> paths_of(const Settings& s) {
  std::vector<std::string> paths;
  for (const auto& p : validate(s)) paths.push_back(p.partition + ":" + p.path);
  return paths;
}

}  // namespace

TEST(validate, finds_nothing_wrong_with_a_valid_configuration) {
  EXPECT_EQ(paths_of(test::valid_settings()), std::vector<std::string>{});
  EXPECT_EQ(paths_of(Settings{}), std::vector<std::string>{});
}

TEST(validate, lists_every_hole_of_the_matrix_at_once) {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  p.add_impacts("Medium");
  p.add_impacts("None");
  p.add_urgencies("Never");
  EXPECT_EQ(paths_of(s),
            (std::vector<std::string>{"IT:matrix[0].priority.Never", "IT:matrix[1].priority.Never",
                                      "IT:matrix", "IT:matrix"}));
}

TEST(validate, wants_the_scales_that_priority_comes_from) {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  p.clear_impacts();
  p.clear_urgencies();
  p.clear_priorities();
  p.clear_matrix();
  p.clear_templates();
  p.clear_incoming();
  EXPECT_EQ(paths_of(s), (std::vector<std::string>{"IT:impacts", "IT:urgencies", "IT:priorities"}));
}

TEST(validate, refuses_scales_too_large_for_a_matrix_without_multiplying_them_out) {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  for (int i = 0; i < 100'000; ++i) {
    p.add_impacts("impact " + std::to_string(i));
    p.add_urgencies("urgency " + std::to_string(i));
  }
  EXPECT_EQ(paths_of(s), (std::vector<std::string>{"IT:impacts", "IT:urgencies"}));
}

TEST(validate, finds_a_partition_id_used_twice_and_everything_else_as_well) {
  auto s = test::valid_settings();
  *s.add_partitions() = test::valid_partition();
  s.mutable_general()->set_default_format("x");
  EXPECT_EQ(paths_of(s),
            (std::vector<std::string>{":default_format", "IT:id", "IT:incoming[0].name",
                                      "IT:incoming[0]", "IT:outgoing[0].name"}));
}

TEST(validate, names_a_partition_without_an_id_by_its_place) {
  auto s = test::valid_settings();
  auto* second = s.add_partitions();
  second->CopyFrom(test::valid_partition());
  second->clear_id();
  second->clear_incoming();
  second->clear_outgoing();
  EXPECT_EQ(paths_of(s), std::vector<std::string>{"#2:id"});
}

TEST(validate, lets_partitions_share_addresses_of_people_and_names_of_lists) {
  EXPECT_EQ(paths_of(test::two_partitions()), std::vector<std::string>{});
}

TEST(validate, allows_texts_without_a_server_to_send_them) {
  auto s = test::valid_settings();
  s.mutable_partitions(0)->clear_outgoing();
  EXPECT_EQ(paths_of(s), std::vector<std::string>{});
}

TEST(validate, allows_a_template_person_without_address_and_flags) {
  auto s = test::valid_settings();
  auto* pattern = s.mutable_partitions(0)->add_people();
  pattern->set_name("New user");
  pattern->set_template_(true);
  EXPECT_EQ(paths_of(s), std::vector<std::string>{});
}

TEST(validate, accepts_the_addresses_that_people_have) {
  for (const char* address : {"a@b", "first.last+tag@sub.example.org", "o'neil@example.org",
                              "jürgen@müller.example", "x@192.0.2.1"}) {
    auto s = test::valid_settings();
    s.mutable_partitions(0)->mutable_people(0)->add_addresses(address);
    EXPECT_EQ(paths_of(s), std::vector<std::string>{}) << address;
  }
}

TEST(validate, refuses_what_is_no_address) {
  std::vector<std::string> wrong{"a",      "@b",     "a@",   "a@b@c",    "a b@c", "a@b c", ".a@b",
                                 "a..b@c", "a@b..c", "a@b.", "a@b\r\nc", "a,b@c", "a@b_c"};
  wrong.push_back(std::string(65, 'a').append("@b"));
  wrong.push_back(std::string("a@").append(256, 'b'));
  for (const auto& address : wrong) {
    auto s = test::valid_settings();
    s.mutable_partitions(0)->mutable_people(0)->add_addresses(address);
    EXPECT_EQ(paths_of(s), std::vector<std::string>{"IT:people[0].addresses[1]"}) << address;
  }
}

TEST(validate, shows_long_lists_of_names_only_in_part) {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  for (int i = 0; i < 500; ++i) p.add_groups("group " + std::to_string(i));
  p.mutable_templates(0)->set_group("nobody");
  const auto problems = validate(s);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_LT(problems[0].remedy.size(), 400u);
  EXPECT_TRUE(problems[0].remedy.ends_with("…"));
}

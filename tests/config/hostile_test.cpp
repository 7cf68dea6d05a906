#include <gtest/gtest.h>

#include "config/reader.hpp"
#include "config/yaml_tree.hpp"

using namespace postroom::config;

namespace {

/// The only problem of a text that must be refused.
file_problem refusal(const std::string& yaml) {
  std::vector<file_problem> problems;
  (void)read_documents(yaml, "x.yaml", problems);
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? file_problem{} : problems.front();
}

std::string repeated(const std::string& s, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += s;
  return out;
}

}  // namespace

TEST(hostile_yaml, larger_than_the_limit_is_not_even_parsed) {
  EXPECT_EQ(refusal("id: IT\n#" + std::string(max_yaml_bytes, 'x')).what,
            "the file is larger than 4 MiB");
}

TEST(hostile_yaml, nested_deeply_is_refused_where_it_gets_too_deep) {
  for (const std::string& open :
       {std::string("["), std::string("{a: "), std::string("- "), std::string("? ")}) {
    std::vector<file_problem> problems;
    (void)read_documents("id: IT\npeople:\n " + repeated(open, 100'000), "x.yaml", problems);
    ASSERT_FALSE(problems.empty()) << open;
    EXPECT_EQ(problems.back().line, 3u) << open;
  }
}

TEST(hostile_yaml, with_too_many_values_is_refused) {
  EXPECT_EQ(refusal("impacts: [" + repeated("a,", 510'000) + "a]").what,
            "the file has more than 500000 values");
  EXPECT_EQ(refusal("impacts: [&a b," + repeated("*a,", 510'000) + "*a]").what,
            "the file has more than 500000 values");
}

TEST(hostile_yaml, whose_aliases_multiply_is_refused) {
  std::string yaml = "people:\n- &p\n  addresses: &a [" + repeated("x,", 2000) + "x]\n";
  yaml += repeated("- *p\n", 2000);
  EXPECT_EQ(refusal(yaml).what, "the aliases expand to far too much");
}

TEST(hostile_yaml, whose_aliases_multiply_a_long_text_is_refused) {
  const std::string yaml =
      "impacts: [&a " + std::string(1u << 20, 'x') + "," + repeated("*a,", 1000) + "*a]";
  EXPECT_EQ(refusal(yaml).what, "the aliases expand to far too much");
}

TEST(hostile_yaml, that_laughs_a_billion_times_costs_nothing) {
  std::string yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 15; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(alias + ",", 9) +
            alias + "]\n";
  }
  std::vector<file_problem> problems;
  (void)read_documents(yaml + "impacts: *a14\n", "x.yaml", problems);
  EXPECT_EQ(problems.size(), 25u) << "15 unknown keys and 10 entries that are lists";
}

TEST(hostile_yaml, with_a_nul_character_is_refused_as_such) {
  const std::string yaml("id: IT\nname: a\0b\n", 17);
  EXPECT_EQ(refusal(yaml).what, "there is a NUL character");
  EXPECT_EQ(refusal(yaml).line, 2u);
}

TEST(hostile_yaml, that_refers_to_itself_is_refused) {
  EXPECT_EQ(refusal("people: &p\n- *p\n").what, "an alias refers to what it is part of");
  EXPECT_EQ(refusal("&r\nid: IT\n<<: *r\n").what, "an alias refers to what it is part of");
}

TEST(hostile_yaml, that_merges_through_a_long_chain_is_refused) {
  std::string yaml = "people:\n- &m0 {name: a}\n";
  for (int i = 1; i < 50; ++i) {
    yaml += "- &m" + std::to_string(i) + " {<<: *m" + std::to_string(i - 1) + "}\n";
  }
  std::vector<file_problem> problems;
  (void)read_documents(yaml, "x.yaml", problems);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].what, "\"<<\" takes maps, one in another up to ten times");
}

TEST(hostile_yaml, full_of_mistakes_lists_only_so_many) {
  std::vector<file_problem> problems;
  std::string yaml;
  for (int i = 0; i < 5000; ++i) yaml += "key" + std::to_string(i) + ": x\n";
  (void)read_documents(yaml, "x.yaml", problems);
  ASSERT_EQ(problems.size(), 1001u);
  EXPECT_EQ(problems.back().what, "there are more problems than can be listed");
}

TEST(hostile_yaml, that_is_not_utf_8_is_refused_with_its_line) {
  const std::string bad[] = {"\xE9",     "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                             "\xE2\x82", "\xFF"};
  for (const auto& bytes : bad) {
    const auto p = refusal("id: IT\nname: " + bytes);
    EXPECT_EQ(p.line, 2u);
    EXPECT_EQ(p.what, "there is a character that is not UTF-8");
  }
  std::vector<file_problem> problems;
  const auto docs = read_documents("\xEF\xBB\xBFname: Größe 日本 😀\n", "x.yaml", problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(docs[0].partition.name(), "Größe 日本 😀");
}

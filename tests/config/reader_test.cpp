#include "config/reader.hpp"

#include <gtest/gtest.h>

using namespace postroom::config;

namespace {

struct reading {
  std::vector<file_problem> problems;
  std::vector<document> documents;
  /// "line path: what (remedy)", one per problem.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& p : problems) {
      out.push_back(std::to_string(p.line) + " " + p.path + ": " + p.what + " (" + p.remedy + ")");
    }
    return out;
  }
};

reading read(std::string_view yaml) {
  reading r;
  r.documents = read_documents(yaml, "it.yaml", r.problems);
  return r;
}

using strings = std::vector<std::string>;

}  // namespace

TEST(reader, fills_every_kind_of_field) {
  const auto r = read(R"(
id: IT
name: "IT: Service Desk"
impacts: [High, Low]
matrix:
  - impact: High
    priority: {Urgent: 1, Normal: 2}
people:
  - name: Ana
    addresses: [ana@example.org]
    analyst: true
    active: false
incoming:
  - name: it-in
    port: 993
texts:
  acknowledgement:
    text: |
      Dear {{user}},
      bye
)");
  ASSERT_EQ(r.lines(), strings{});
  ASSERT_EQ(r.documents.size(), 1u);
  const auto& p = r.documents[0].partition;
  EXPECT_FALSE(r.documents[0].is_general);
  EXPECT_EQ(p.id(), "IT");
  EXPECT_EQ(p.name(), "IT: Service Desk");
  ASSERT_EQ(p.impacts_size(), 2);
  EXPECT_EQ(p.impacts(1), "Low");
  EXPECT_EQ(p.matrix(0).priority().at("Urgent"), "1");
  EXPECT_EQ(p.matrix(0).priority().at("Normal"), "2");
  EXPECT_TRUE(p.people(0).analyst());
  EXPECT_TRUE(p.people(0).has_active());
  EXPECT_FALSE(p.people(0).active());
  EXPECT_EQ(p.people(0).addresses(0), "ana@example.org");
  EXPECT_EQ(p.incoming(0).port(), 993u);
  EXPECT_FALSE(p.incoming(0).has_active()) << "not given is not false";
  EXPECT_EQ(p.texts().acknowledgement().text(), "Dear {{user}},\nbye\n");
}

TEST(reader, keeps_texts_as_they_were_written) {
  const auto r = read("id: 007\nname: yes\nstatuses: [1.50, true, 0x1F, 2026-11-01, 'null']\n");
  ASSERT_EQ(r.lines(), strings{});
  const auto& p = r.documents[0].partition;
  EXPECT_EQ(p.id(), "007");
  EXPECT_EQ(p.name(), "yes");
  EXPECT_EQ(strings(p.statuses().begin(), p.statuses().end()),
            (strings{"1.50", "true", "0x1F", "2026-11-01", "null"}));
}

TEST(reader, takes_a_key_without_a_value_as_not_given) {
  const auto r = read("id: IT\nname:\nimpacts:\ntexts: ~\npeople:\n  - name: A\n    active:\n");
  ASSERT_EQ(r.lines(), strings{});
  EXPECT_EQ(r.documents[0].partition.name(), "");
  EXPECT_FALSE(r.documents[0].partition.has_texts());
  EXPECT_FALSE(r.documents[0].partition.people(0).has_active());
}

TEST(reader, reads_general_settings_under_their_key) {
  const auto r = read("general:\n  default_format: PLAIN\n  message_format_per_person: true\n");
  ASSERT_EQ(r.lines(), strings{});
  ASSERT_EQ(r.documents.size(), 1u);
  EXPECT_TRUE(r.documents[0].is_general);
  EXPECT_EQ(r.documents[0].general.default_format(), "PLAIN");
  EXPECT_TRUE(r.documents[0].general.message_format_per_person());
  EXPECT_EQ(r.documents[0].line_of("general"), 1u);
  EXPECT_EQ(r.documents[0].line_of("default_format"), 2u);
}

TEST(reader, reads_several_documents_and_skips_empty_ones) {
  const auto r =
      read("---\n# nothing\n---\ngeneral: {default_format: HTML}\n---\nid: IT\n---\nid: HR\n...\n");
  ASSERT_EQ(r.lines(), strings{});
  ASSERT_EQ(r.documents.size(), 3u);
  EXPECT_TRUE(r.documents[0].is_general);
  EXPECT_EQ(r.documents[1].partition.id(), "IT");
  EXPECT_EQ(r.documents[2].partition.id(), "HR");
  EXPECT_EQ(r.documents[2].line_of("id"), 8u);
}

TEST(reader, lists_every_mistake_of_a_file_with_its_line) {
  const auto r = read(R"(id: IT
nmae: Desk
impacts: High
people:
  - name: Ana
    analyst: yes
    addresses: {a: b}
  - Bo
incoming:
  - port: 99999999999
    use_linked_analyst: 1
    host: [a]
matrix:
  - priority: [a]
? [x]
: y
)");
  EXPECT_EQ(
      r.lines(),
      (strings{
          "15 : a key is a list (write keys as plain words)",
          "2 nmae: unknown key (did you mean `name`?)",
          "3 impacts: must be a list, but is a single value (write each entry on a line of its "
          "own, after \"- \")",
          "6 people[0].analyst: \"yes\" is neither true nor false (write true or false)",
          "7 people[0].addresses: must be a list, but is a map (write each entry on a line of its "
          "own, after \"- \")",
          "8 people[1]: must be a map, but is a single value (write lines of `key: value`; keys: "
          "name, addresses, "
          "analyst, user, template, active, format, language, mail_commands)",
          "10 incoming[0].port: \"99999999999\" is no whole number that fits (write a number from "
          "0 to 4294967295)",
          "11 incoming[0].use_linked_analyst: \"1\" is neither true nor false (write true or "
          "false)",
          "12 incoming[0].host: must be a single value, but is a list (write one value behind the "
          "colon)",
          "14 matrix[0].priority: must be a map, but is a list (write lines of `name: value`)",
      }));
}

TEST(reader, refuses_numbers_that_are_none) {
  for (const char* value : {"-1", "1.0", "0x10", "4294967296", "12a", "''", "1 2"}) {
    const auto r = read("incoming:\n  - port: " + std::string(value) + "\n");
    ASSERT_EQ(r.problems.size(), 1u) << value;
    EXPECT_EQ(r.problems[0].path, "incoming[0].port");
  }
  EXPECT_EQ(read("incoming:\n  - port: 4294967295\n").documents[0].partition.incoming(0).port(),
            4294967295u);
}

TEST(reader, refuses_a_key_that_is_given_twice) {
  EXPECT_EQ(read("id: IT\nname: A\nid: HR\n").lines(),
            strings{"3 id: is given twice, first in line 1 (keep one of the two)"});
  EXPECT_EQ(
      read("matrix:\n- priority:\n    a: 1\n    a: 2\n").lines(),
      strings{"4 matrix[0].priority.a: is given twice, first in line 3 (keep one of the two)"});
}

TEST(reader, keeps_general_settings_and_a_partition_apart) {
  const auto r = read("id: IT\ngeneral:\n  default_format: HTML\n");
  ASSERT_EQ(r.problems.size(), 1u);
  EXPECT_EQ(r.problems[0].line, 1u);
  EXPECT_EQ(r.problems[0].path, "id");
  EXPECT_EQ(r.problems[0].what, "stands beside `general`");
}

TEST(reader, says_where_the_yaml_itself_is_broken) {
  const std::pair<const char*, unsigned> rows[] = {
      {"id: IT\nname: [a, b\n", 3}, {"id: IT\n\tname: x\n", 2}, {"id: *nobody\n", 1},
      {"id: IT\n]\n", 2},           {"a: b: c\n", 1},           {"id: \"\\q\"\n", 1}};
  for (const auto& [yaml, line] : rows) {
    const auto r = read(yaml);
    ASSERT_EQ(r.problems.size(), 1u) << yaml;
    EXPECT_EQ(r.problems[0].line, line) << yaml << r.problems[0].what;
    EXPECT_EQ(r.problems[0].file, "it.yaml");
  }
}

TEST(reader, says_when_there_is_nothing_in_a_file) {
  for (const char* yaml : {"", "# only a comment\n", "---\n...\n", "~\n"}) {
    EXPECT_EQ(read(yaml).lines(),
              strings{"0 : the file holds nothing (write the settings or remove it)"})
        << yaml;
  }
}

TEST(reader, follows_anchors_aliases_and_merge_keys) {
  const auto r = read(R"(
id: IT
impacts: &names [A, B]
urgencies: *names
incoming:
  - &base {name: one, host: mail.example.org, port: 993}
  - {<<: *base, name: two}
  - name: three
    <<: [*base, {port: 1, login: x}]
)");
  ASSERT_EQ(r.lines(), strings{});
  const auto& p = r.documents[0].partition;
  EXPECT_EQ(p.urgencies(1), "B");
  EXPECT_EQ(p.incoming(1).name(), "two");
  EXPECT_EQ(p.incoming(1).host(), "mail.example.org");
  EXPECT_EQ(p.incoming(2).name(), "three");
  EXPECT_EQ(p.incoming(2).port(), 993u);
  EXPECT_EQ(p.incoming(2).login(), "x");
}

TEST(reader, refuses_to_merge_what_is_no_map) {
  const auto r = read("incoming:\n  - name: a\n    <<: text\n");
  ASSERT_EQ(r.problems.size(), 1u);
  EXPECT_EQ(r.problems[0].line, 3u);
  EXPECT_EQ(r.problems[0].path, "incoming[0]");
}

TEST(lines, are_known_for_every_field_and_its_nearest_enclosing_one) {
  const auto r = read(R"(id: IT
matrix:
  - impact: High
    priority:
      Urgent: 1
      v1.0 [x]: 2
incoming:
  - name: a
  - name: b

    call_template: c
)");
  ASSERT_EQ(r.lines(), strings{});
  const auto& doc = r.documents[0];
  const std::pair<const char*, unsigned> rows[] = {
      {"id", 1},
      {"matrix", 2},
      {"matrix[0]", 3},
      {"matrix[0].impact", 3},
      {"matrix[0].priority", 4},
      {"matrix[0].priority.Urgent", 5},
      {"matrix[0].priority.v1.0 [x]", 6},
      {"matrix[0].priority.Missing", 4},
      {"matrix[0].priority.Mis.sing", 4},
      {"incoming[1]", 9},
      {"incoming[1].call_template", 11},
      {"incoming[1].default_logging_analyst", 9},
      {"incoming[7].name", 7},
      {"texts.acknowledgement.text", 1},
      {"", 1},
  };
  for (const auto& [path, line] : rows) EXPECT_EQ(doc.line_of(path), line) << path;
  EXPECT_EQ(document{}.line_of("id"), 0u);
}

TEST(node_reader, reads_the_settings_of_a_process) {
  std::vector<file_problem> problems;
  const auto node = read_node(
      "data_dir: /var/lib/postroom\nscheduler_threads: 2\nlog:\n  level: debug\n", "n", problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(node.data_dir(), "/var/lib/postroom");
  EXPECT_EQ(node.scheduler_threads(), 2u);
  EXPECT_EQ(node.log().level(), "debug");
}

TEST(node_reader, tells_where_the_fields_of_a_process_stand) {
  std::vector<file_problem> problems;
  path_lines lines;
  (void)read_node("# mine\nstore_threads: 2\nlog:\n  level: loud\n", "n", problems, &lines);
  EXPECT_EQ(line_of(lines, "store_threads"), 2u);
  EXPECT_EQ(line_of(lines, "log.level"), 4u);
  EXPECT_EQ(line_of(lines, "data_dir"), 2u);
}

TEST(node_reader, lists_mistakes_and_a_second_document) {
  std::vector<file_problem> problems;
  (void)read_node("datadir: x\nlog: debug\n---\ndata_dir: y\n", "node.yaml", problems);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].remedy, "did you mean `data_dir`?");
  EXPECT_EQ(problems[1].path, "log");
  EXPECT_EQ(problems[2].line, 4u);
  EXPECT_EQ(problems[2].what, "there is a second document in the file");
}

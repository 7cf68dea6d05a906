#include "partitions/changes.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/partitions/fixtures.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::Partition;
using config::v1::Settings;
using lines = std::vector<std::string>;

lines rendered(const Settings& before, const Settings& after) {
  lines out;
  for (const auto& c : changes_between(before, after).changes) out.push_back(render_change(c));
  return out;
}

/// A second server beside the one of the fixture.
void add_server(Partition& p, const std::string& name) {
  auto server = p.incoming(0);
  server.set_name(name);
  *p.add_incoming() = server;
}

Settings three_servers() {
  auto s = valid_settings();
  add_server(*s.mutable_partitions(0), "b");
  add_server(*s.mutable_partitions(0), "c");
  return s;
}

struct row {
  const char* what;
  std::function<void(Partition&)> change;
  lines should;
};

std::vector<row> plain_rows() {
  return {
      {"a number",
       [](auto& p) { p.mutable_incoming(0)->set_port(1993); },
       {"+ IT incoming[it-in].port: 1993"}},
      {"a word",
       [](auto& p) { p.mutable_incoming(0)->set_host("new.example.org"); },
       {"~ IT incoming[it-in].host: mail.example.org -> new.example.org"}},
      {"a flag",
       [](auto& p) { p.mutable_incoming(0)->set_use_linked_analyst(true); },
       {"~ IT incoming[it-in].use_linked_analyst: false -> true"}},
      {"a flag with a default",
       [](auto& p) { p.mutable_incoming(0)->set_active(false); },
       {"+ IT incoming[it-in].active: false"}},
      {"a value taken away",
       [](auto& p) { p.mutable_incoming(0)->clear_login(); },
       {"- IT incoming[it-in].login: it@example.org"}},
      {"a secret",
       [](auto& p) { p.mutable_incoming(0)->set_password("file:/run/it"); },
       {"~ IT incoming[it-in].password: env:IT_PASSWORD -> file:/run/it"}},
      {"a stored secret",
       [](auto& p) { p.mutable_incoming(0)->set_password("secret:imap"); },
       {"~ IT incoming[it-in].password: env:IT_PASSWORD -> secret:imap"}},
      {"what only looks like a stored one",
       [](auto& p) { p.mutable_incoming(0)->set_password("secret:hunter 2"); },
       {"~ IT incoming[it-in].password: env:IT_PASSWORD -> (hidden)"}},
      {"what is no reference",
       [](auto& p) { p.mutable_incoming(0)->set_password("hunter2"); },
       {"~ IT incoming[it-in].password: env:IT_PASSWORD -> (hidden)"}},
      {"a cell",
       [](auto& p) { (*p.mutable_matrix(1)->mutable_priority())["Urgent"] = "3 Low"; },
       {"~ IT matrix[Low].priority[Urgent]: 2 High -> 3 Low"}},
      {"a cell taken away",
       [](auto& p) { p.mutable_matrix(1)->mutable_priority()->erase("Urgent"); },
       {"- IT matrix[Low].priority[Urgent]: 2 High"}},
      {"text over lines",
       [](auto& p) { p.mutable_texts()->mutable_acknowledgement()->set_text("a\nb\x1b[2J"); },
       {"~ IT texts.acknowledgement.text: Dear {{user}},\\nyour call is {{call}}. -> a\\nb?[2J"}},
      {"all texts",
       [](auto& p) { p.clear_texts(); },
       {"- IT texts.acknowledgement.text: Dear {{user}},\\nyour call is {{call}}."}},
  };
}

std::vector<row> list_rows() {
  return {
      {"a word more", [](auto& p) { p.add_offices("York"); }, {"+ IT offices[York]"}},
      {"a word less", [](auto& p) { p.clear_offices(); }, {"- IT offices[Leeds]"}},
      {"another order of words",
       [](auto& p) { p.mutable_impacts()->SwapElements(0, 1); },
       {"~ IT impacts: order High, Low -> Low, High"}},
      {"an item inserted first",
       [](auto& p) {
         auto* t = p.add_templates();
         t->set_name("Web");
         t->set_impact("Low");
         p.mutable_templates()->SwapElements(0, 1);
       },
       {"+ IT templates[Web]: impact: Low"}},
      {"an item renamed",
       [](auto& p) { p.mutable_groups()->at(0) = "Desk"; },
       {"+ IT groups[Desk]", "- IT groups[First line]"}},
      {"a second item of one name",
       [](auto& p) { add_person(p, "Ana Lyst", "ana2@example.org", false); },
       {"+ IT people[Ana Lyst#2]: addresses: [ana2@example.org], user: true"}},
      {"an item with a list and a map",
       [](auto& p) {
         auto* r = p.add_matrix();
         r->set_impact("None");
         (*r->mutable_priority())["Urgent"] = "3 Low";
         (*r->mutable_priority())["Normal"] = "3 Low";
       },
       {"+ IT matrix[None]: priority: [Normal: 3 Low, Urgent: 3 Low]"}},
      {"a list in an item",
       [](auto& p) { p.mutable_people(0)->add_addresses("a@example.org"); },
       {"+ IT people[Ana Lyst].addresses[a@example.org]"}},
      {"a name with control characters",
       [](auto& p) { p.add_offices("Yo\x1brk"); },
       {"+ IT offices[Yo?rk]"}},
  };
}

void check(const std::vector<row>& rows) {
  const auto before = valid_settings();
  for (const auto& r : rows) {
    auto after = before;
    r.change(*after.mutable_partitions(0));
    EXPECT_EQ(rendered(before, after), r.should) << r.what;
  }
}

}  // namespace

TEST(changes, each_field_that_differs_is_one_line_with_its_path_and_values) {
  check(plain_rows());
}

TEST(changes, items_of_lists_are_matched_by_name_wherever_they_stand) {
  check(list_rows());
}

TEST(changes, equal_configurations_differ_in_nothing) {
  const auto got = changes_between(three_servers(), three_servers());
  EXPECT_EQ(got.total, 0u);
  EXPECT_TRUE(got.changes.empty());
}

TEST(changes, a_new_order_and_a_change_inside_it_are_told_apart) {
  const auto before = three_servers();
  auto after = before;
  auto& servers = *after.mutable_partitions(0)->mutable_incoming();
  servers.SwapElements(0, 2);
  servers[0].set_port(1993);
  EXPECT_EQ(rendered(before, after), (lines{"+ IT incoming[c].port: 1993",
                                            "~ IT incoming: order it-in, b, c -> c, b, it-in"}));
}

TEST(changes, an_item_taken_away_is_no_new_order_of_the_others) {
  const auto before = three_servers();
  auto after = before;
  after.mutable_partitions(0)->mutable_incoming()->DeleteSubrange(0, 1);
  const auto got = rendered(before, after);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].starts_with("- IT incoming[it-in]: protocol: IMAP, host: mail.example.org"))
      << got[0];
}

TEST(changes, whole_partitions_come_and_go_as_one_line) {
  const auto before = valid_settings();
  auto after = before;
  after.mutable_partitions(0)->set_id("HR");
  const auto got = rendered(before, after);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_TRUE(got[0].starts_with("+ HR: name: IT Service Desk, impacts: [High, Low], ")) << got[0];
  EXPECT_TRUE(got[1].starts_with("- IT: name: IT Service Desk, ")) << got[1];
}

TEST(changes, the_general_settings_come_first_and_have_no_partition) {
  auto before = valid_settings();
  before.mutable_general()->set_default_format("HTML");
  auto after = before;
  after.mutable_general()->set_default_format("PLAIN");
  after.mutable_partitions(0)->set_name("IT");
  EXPECT_EQ(rendered(before, after),
            (lines{"~ general.default_format: HTML -> PLAIN", "~ IT name: IT Service Desk -> IT"}));
}

TEST(changes, an_empty_part_that_comes_is_a_change_although_no_field_is) {
  const auto before = valid_settings();
  auto after = before;
  after.mutable_general();
  EXPECT_EQ(rendered(before, after), lines{"+ general"});
  EXPECT_EQ(rendered(after, before), lines{"- general"});
}

TEST(changes, long_values_are_cut_to_where_they_differ_and_never_inside_a_character) {
  auto before = valid_settings();
  auto& text = *before.mutable_partitions(0)->mutable_texts()->mutable_acknowledgement();
  std::string umlauts;
  for (int i = 0; i < 400; ++i) umlauts += "ä";
  text.set_text(umlauts + "one" + umlauts);
  auto after = before;
  after.mutable_partitions(0)->mutable_texts()->mutable_acknowledgement()->set_text(
      umlauts + "two" + umlauts);
  const auto got = changes_between(before, after);
  ASSERT_EQ(got.changes.size(), 1u);
  const auto& c = got.changes[0];
  EXPECT_LE(c.before().size(), 200u);
  EXPECT_TRUE(c.before().starts_with("…ä") && c.before().ends_with("ä…")) << c.before();
  EXPECT_NE(c.before().find("one"), std::string::npos) << c.before();
  EXPECT_NE(c.after().find("two"), std::string::npos) << c.after();
}

TEST(changes, those_over_the_limit_are_counted_and_not_kept) {
  const auto before = valid_settings();
  auto after = before;
  for (int i = 0; i < 10'000; ++i)
    add_person(*after.mutable_partitions(0), "P" + std::to_string(i), "p@example.org", false);
  const auto got = changes_between(before, after);
  EXPECT_EQ(got.total, 10'000u);
  EXPECT_EQ(got.changes.size(), max_changes);
  EXPECT_EQ(changes_between(before, after, 3).changes.size(), 3u);
}

TEST(changes, a_partition_of_ten_thousand_people_is_still_one_short_line) {
  Settings after = valid_settings();
  for (int i = 0; i < 10'000; ++i)
    add_person(*after.mutable_partitions(0), "P" + std::to_string(i), "p@example.org", false);
  const auto got = rendered({}, after);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_LE(got[0].size(), 210u);
}

TEST(changes, the_order_of_a_maps_entries_is_no_difference) {
  auto row = [](bool turned) {
    Settings s;
    auto* p = s.add_partitions();
    p->set_id("IT");
    auto& cells = *p->add_matrix()->mutable_priority();
    for (int i = 0; i < 50; ++i) cells["u" + std::to_string(turned ? 49 - i : i)] = "P1";
    return s;
  };
  EXPECT_EQ(rendered(row(false), row(true)), lines{});
}

TEST(differences, names_the_fields_of_each_partition_that_changed) {
  auto before = valid_settings();
  auto after = before;
  EXPECT_TRUE(differences(before, after).empty());
  after.mutable_partitions(0)->set_name("Desk");
  after.mutable_partitions(0)->mutable_incoming(0)->set_host("other.example.org");
  after.mutable_general()->set_default_format("PLAIN");
  after.add_partitions()->set_id("HR");
  before.add_partitions()->set_id("OLD");
  EXPECT_EQ(differences(before, after),
            (lines{"general settings", "partition HR: added", "partition IT: name, incoming",
                   "partition OLD: removed (its data stays on disk)"}));
}

}  // namespace postroom::partitions::test

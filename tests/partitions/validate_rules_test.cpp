#include "partitions/validate.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

using namespace postroom::partitions;
using postroom::config::v1::Partition;
using postroom::config::v1::Settings;

namespace {

struct row {
  const char* name;
  void (*bend)(Settings&, Partition&);
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

auto* in(Partition& p) {
  return p.mutable_incoming(0);
}
auto* tpl(Partition& p) {
  return p.mutable_templates(0);
}
auto* ana(Partition& p) {
  return p.mutable_people(0);
}

// clang-format off
#define BEND [](Settings & s [[maybe_unused]], Partition & p [[maybe_unused]])

const row general_rows[] = {
    {"default_format_unknown",
     BEND { s.mutable_general()->set_default_format("RTF"); }, "default_format",
     R"("RTF" is unknown)", "use one of: HTML, PLAIN"},
    {"default_format_in_lower_case", BEND { s.mutable_general()->set_default_format("html"); },
     "default_format", R"("html" is unknown)", "write it as HTML"},
    {"too_few_versions", BEND { s.mutable_general()->set_keep_versions(49); },
     "keep_versions", "49 is out of range", "from 50 to 100000"},
    {"too_many_versions", BEND { s.mutable_general()->set_keep_versions(100'001); },
     "keep_versions", "100001 is out of range", "leave it out for 500"},
    {"id_missing", BEND { p.clear_id(); }, "id", "is missing", "1 to 12 of A-Z, 0-9 and -"},
    {"id_in_lower_case", BEND { p.set_id("it"); },
     "id", R"("it" is no partition code)", "1 to 12 of A-Z"},
    {"id_too_long", BEND { p.set_id("ABCDEFGHIJKLM"); },
     "id", R"("ABCDEFGHIJKLM" is no partition code)", "1 to 12"},
    {"id_begins_with_a_dash", BEND { p.set_id("-IT"); },
     "id", R"("-IT" is no partition code)", "letter or digit"},
    {"name_blank", BEND { p.set_name("  "); }, "name", "is blank", "give it a name"},
    {"name_with_a_line_end", BEND { p.set_name("IT\nDesk"); },
     "name", R"("IT?Desk" holds control characters)", "printable"},
};

const row list_rows[] = {
    {"office_blank", BEND { p.add_offices(""); }, "offices[1]", "is blank", "give it a name"},
    {"priority_too_long", BEND { p.add_priorities("123456789 12345678"); },
     "priorities[3]", R"("123456789 12345678" has 18 characters)", "at most 17"},
    {"priority_too_long_in_characters_not_bytes", BEND { p.add_priorities("äöüäöüäöüäöüäöüäöü"); },
     "priorities[3]", R"("äöüäöüäöüäöüäöüäöü" has 18 characters)", "at most 17"},
    {"status_twice", BEND { p.add_statuses("Incident"); },
     "statuses[2]", R"("Incident" is in the list twice)", "remove"},
    {"stream_twice", BEND { p.add_streams("Software"); },
     "streams[2]", R"("Software" is in the list twice)", "remove"},
    {"group_twice", BEND { p.add_groups("First line"); },
     "groups[1]", R"("First line" is in the list twice)", "remove"},
    {"office_twice", BEND { p.add_offices("Leeds"); },
     "offices[1]", R"("Leeds" is in the list twice)", "remove"},
    {"impact_twice", BEND { p.add_impacts("Low"); },
     "impacts[2]", R"("Low" is in the list twice)", "remove"},
    {"priority_twice", BEND { p.add_priorities("2 High"); },
     "priorities[3]", R"("2 High" is in the list twice)", "remove"},
    {"group_with_a_blank_behind", BEND { p.add_groups("Second line "); },
     "groups[1]", R"("Second line " begins or ends with a blank)", "remove the blank"},
    {"group_with_a_control_character", BEND { p.add_groups("a\x01z"); },
     "groups[1]", R"("a?z" holds control characters)", "printable"},
    {"group_with_a_direction_mark", BEND { p.add_groups("a\xE2\x80\xAEz"); },
     "groups[1]", R"("a?z" holds control characters)", "printable"},
    {"group_far_too_long", BEND { p.add_groups(std::string(101, 'g')); },
     "groups[1]",
     R"("ggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg…" has 101 characters)",
     "at most 100"},
    {"template_twice", BEND { *p.add_templates() = p.templates(0); },
     "templates[1].name", R"("Email" is in the list twice)", "rename"},
    {"screen_set_twice",
     BEND { auto* x = p.add_screen_sets(); x->set_name("Software incident");
     x->set_status("Problem"); x->set_stream("Software"); },
     "screen_sets[1].name", R"("Software incident" is in the list twice)", "rename"},
    {"screen_set_with_unknown_status",
     BEND { p.mutable_templates(0)->set_screen_set("Software incident");
     p.mutable_screen_sets(0)->set_status("Idea"); },
     "screen_sets[0].status", R"("Idea" is not in `statuses`)", "use one of: Incident, Problem"},
    {"screen_set_without_a_stream",
     BEND { p.mutable_templates(0)->set_screen_set("Software incident");
     p.mutable_screen_sets(0)->clear_stream(); },
     "screen_sets[0].stream", "is missing", "use one of: Hardware, Software"},
    {"screen_sets_with_one_pair",
     BEND { auto* x = p.add_screen_sets(); *x = p.screen_sets(0); x->set_name("Other"); },
     "screen_sets[1]",
     R"(status "Incident" and stream "Software" lead to the set "Software incident" already)",
     "its own pair"},
};

const row matrix_rows[] = {
    {"row_missing", BEND { p.mutable_matrix()->RemoveLast(); },
     "matrix", R"(there is no row for impact "Low")", "add a row"},
    {"cell_missing", BEND { p.mutable_matrix(1)->mutable_priority()->erase("Normal"); },
     "matrix[1].priority.Normal", R"(there is no priority for impact "Low" and urgency "Normal")",
     "use one of: 1 Critical, 2 High, 3 Low"},
    {"cell_blank", BEND { (*p.mutable_matrix(1)->mutable_priority())["Normal"] = ""; },
     "matrix[1].priority.Normal", "is missing", "use one of: 1 Critical"},
    {"cell_with_unknown_priority",
     BEND { (*p.mutable_matrix(0)->mutable_priority())["Urgent"] = "P1"; },
     "matrix[0].priority.Urgent", R"("P1" is not in `priorities`)",
     "use one of: 1 Critical, 2 High, 3 Low"},
    {"cell_for_unknown_urgency",
     BEND { (*p.mutable_matrix(0)->mutable_priority())["Never"] = "3 Low"; },
     "matrix[0].priority.Never", R"("Never" is not in `urgencies`)", "use one of: Urgent, Normal"},
    {"row_for_unknown_impact", BEND { p.add_matrix()->set_impact("Huge"); },
     "matrix[2].impact", R"("Huge" is not in `impacts`)", "use one of: High, Low"},
    {"row_without_impact", BEND { p.add_matrix(); },
     "matrix[2].impact", "is missing", "use one of: High, Low"},
    {"row_twice", BEND { *p.add_matrix() = p.matrix(0); },
     "matrix[2].impact", R"(impact "High" has a row already)", "one row per impact"},
};

const row template_rows[] = {
    {"name_blank",
     BEND { p.add_templates()->CopyFrom(p.templates(0)); p.mutable_templates(1)->clear_name(); },
     "templates[1].name", "is blank", "give it a name"},
    {"status_unknown",
     BEND { tpl(p)->set_screen_set("Software incident"); tpl(p)->set_status("Idea"); },
     "templates[0].status", R"("Idea" is not in `statuses`)", "use one of: Incident, Problem"},
    {"stream_missing",
     BEND { tpl(p)->set_screen_set("Software incident"); tpl(p)->clear_stream(); },
     "templates[0].stream", "is missing", "use one of: Hardware, Software"},
    {"screen_set_unknown", BEND { tpl(p)->set_screen_set("None"); },
     "templates[0].screen_set", R"("None" is not in `screen_sets`)",
     "use one of: Software incident"},
    {"no_screen_set_for_status_and_stream", BEND { tpl(p)->set_stream("Hardware"); },
     "templates[0].screen_set",
     R"(status "Incident" and stream "Hardware" lead to no call screen set)", "or add a set"},
    {"office_unknown", BEND { tpl(p)->set_office("York"); },
     "templates[0].office", R"("York" is not in `offices`)", "use one of: Leeds"},
    {"group_unknown_where_there_is_none", BEND { p.clear_groups(); },
     "templates[0].group", R"("First line" is not in `groups`)", "add one to `groups` first"},
    {"impact_unknown", BEND { tpl(p)->set_impact("Huge"); },
     "templates[0].impact", R"("Huge" is not in `impacts`)", "use one of: High, Low"},
    {"impact_missing", BEND { tpl(p)->clear_impact(); },
     "templates[0].impact", "is missing", "use one of: High, Low"},
    {"urgency_unknown", BEND { tpl(p)->set_urgency("Never"); },
     "templates[0].urgency", R"("Never" is not in `urgencies`)", "use one of: Urgent, Normal"},
    {"default_subject_of_two_lines", BEND { tpl(p)->set_default_subject("a\nb"); },
     "templates[0].default_subject", R"("a?b" holds control characters)", "one line"},
};

const row people_rows[] = {
    {"name_blank", BEND { ana(p)->clear_name(); }, "people[0].name", "is blank", "give it a name"},
    {"address_of_two_people", BEND { test::add_person(p, "Bo Rrow", "ANA@example.org", false); },
     "people[1].addresses[0]", R"("ANA@example.org" is an address of "Ana Lyst" already)",
     "one person"},
    {"address_twice_for_one_person",
     BEND { ana(p)->add_addresses("Ana@Example.org "); ana(p)->mutable_addresses(1)->pop_back(); },
     "people[0].addresses[1]", R"("Ana@Example.org" is an address of "Ana Lyst" already)", "once"},
    {"address_invalid", BEND { ana(p)->add_addresses("ana at example"); },
     "people[0].addresses[1]", R"("ana at example" is no mail address)", "helpdesk@example.org"},
    {"address_with_a_name", BEND { ana(p)->add_addresses("Ana <a@example.org>"); },
     "people[0].addresses[1]", R"("Ana <a@example.org>" is no mail address)", "only the address"},
    {"address_blank", BEND { ana(p)->add_addresses(""); },
     "people[0].addresses[1]", "is missing", "give an address"},
    {"no_address", BEND { test::add_person(p, "Bo", "b@example.org", false)->clear_addresses(); },
     "people[1].addresses", "is empty", "at least one"},
    {"neither_analyst_nor_user",
     BEND { test::add_person(p, "Bo", "b@example.org", false)->set_user(false); },
     "people[1]", R"("Bo" is neither an analyst nor a user)", "analyst: true"},
    {"format_unknown", BEND { ana(p)->set_format("Html"); },
     "people[0].format", R"("Html" is unknown)", "write it as HTML"},
    {"default_analyst_unknown", BEND { in(p)->set_default_logging_analyst("bo@example.org"); },
     "incoming[0].default_logging_analyst",
     R"("bo@example.org" is nobody's address in this partition)", "active analyst"},
    {"default_analyst_is_a_user", BEND { ana(p)->set_analyst(false); ana(p)->set_user(true); },
     "incoming[0].default_logging_analyst",
     R"("ana@example.org" belongs to a user who is no analyst)", "active analyst"},
    {"default_analyst_is_a_template", BEND { ana(p)->set_template_(true); },
     "incoming[0].default_logging_analyst",
     R"("ana@example.org" belongs to a template person, who may not log calls)", "leave it out"},
    {"default_analyst_is_inactive", BEND { ana(p)->set_active(false); },
     "incoming[0].default_logging_analyst",
     R"("ana@example.org" belongs to an analyst who is not active)", "leave it out"},
};

#undef BEND
// clang-format on

class validate_rule : public testing::TestWithParam<row> {};

TEST_P(validate_rule, is_found_alone_with_its_place_and_remedy) {
  const auto& r = GetParam();
  Settings s = test::valid_settings();
  r.bend(s, *s.mutable_partitions(0));
  const auto problems = validate(s);
  for (const auto& p : problems) SCOPED_TRACE(p.path + ": " + p.what + " (" + p.remedy + ")");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, r.path);
  EXPECT_EQ(problems[0].what, r.what);
  EXPECT_NE(problems[0].remedy.find(r.remedy), std::string::npos) << problems[0].remedy;
}

std::string name_of(const testing::TestParamInfo<row>& r) {
  return r.param.name;
}
INSTANTIATE_TEST_SUITE_P(general, validate_rule, testing::ValuesIn(general_rows), name_of);
INSTANTIATE_TEST_SUITE_P(lists, validate_rule, testing::ValuesIn(list_rows), name_of);
INSTANTIATE_TEST_SUITE_P(matrix, validate_rule, testing::ValuesIn(matrix_rows), name_of);
INSTANTIATE_TEST_SUITE_P(templates, validate_rule, testing::ValuesIn(template_rows), name_of);
INSTANTIATE_TEST_SUITE_P(people, validate_rule, testing::ValuesIn(people_rows), name_of);

}  // namespace

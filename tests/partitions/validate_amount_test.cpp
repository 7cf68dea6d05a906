#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

namespace postroom::partitions::test {
namespace {

using config::v1::Partition;
using config::v1::Settings;

struct row {
  const char* name;
  std::size_t most;
  void (*fill)(Partition&, std::size_t);
  const char* path;
  const char* remedy;
};

std::string text(std::size_t n) {
  return std::string(n, 'x');
}

/// Its list or text holds as much as asked for.
Settings filled(const row& r, std::size_t n) {
  auto out = valid_settings();
  r.fill(*out.mutable_partitions(0), n);
  return out;
}

class amounts_of_a_partition : public testing::TestWithParam<row> {};

TEST_P(amounts_of_a_partition, are_refused_beyond_the_limit_by_name_and_fine_up_to_it) {
  const auto& r = GetParam();
  const auto found = validate(filled(r, r.most + 1));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].partition, "IT");
  const std::string path = r.path;
  EXPECT_EQ(path.ends_with('[') ? found[0].path.substr(0, path.size()) : found[0].path, path);
  EXPECT_TRUE(found[0].what.starts_with("has " + std::to_string(r.most + 1))) << found[0].what;
  EXPECT_EQ(found[0].remedy, r.remedy + std::to_string(r.most));
  for (const auto& p : validate(filled(r, r.most)))
    EXPECT_FALSE(p.what.starts_with("has ")) << p.path << ' ' << p.what;
}

#define FILL [](Partition & p, std::size_t n)
#define ADD_UP_TO(list) \
  while (static_cast<std::size_t>(p.list##_size()) < n) p.add_##list

const char* const keep = "keep at most ";
const char* const shorten = "shorten it to at most ";

const row rows[] = {{"impacts", 20, FILL{ADD_UP_TO(impacts)("i");
}  // namespace
, "impacts", keep
}  // namespace postroom::partitions::test
, {"urgencies", 20, FILL{ADD_UP_TO(urgencies)("u");
}
, "urgencies", keep
}
, {"priorities", 100, FILL{ADD_UP_TO(priorities)("p");
}
, "priorities", keep
}
, {"matrix", 20, FILL{ADD_UP_TO(matrix)();
}
, "matrix", keep
}
, {"cells", 20,
   FILL{for (std::size_t i = 2; i < n;
             ++i)(*p.mutable_matrix(0)->mutable_priority())[std::to_string(i)] = "2 High";
}
, "matrix[0].priority", keep
}
, {"statuses", 1000, FILL{ADD_UP_TO(statuses)("s");
}
, "statuses", keep
}
, {"streams", 1000, FILL{ADD_UP_TO(streams)("s");
}
, "streams", keep
}
, {"screen_sets", 1000, FILL{ADD_UP_TO(screen_sets)();
}
, "screen_sets", keep
}
, {"offices", 1000, FILL{ADD_UP_TO(offices)("o");
}
, "offices", keep
}
, {"groups", 1000, FILL{ADD_UP_TO(groups)("g");
}
, "groups", keep
}
, {"templates", 1000, FILL{ADD_UP_TO(templates)();
}
, "templates", keep
}
, {"people", 100'000, FILL{ADD_UP_TO(people)();
}
, "people", keep
}
, {"incoming", 1000, FILL{ADD_UP_TO(incoming)();
}
, "incoming", keep
}
, {"outgoing", 100, FILL{ADD_UP_TO(outgoing)();
}
, "outgoing", keep
}
, {"addresses_of_a_person", 100, FILL{auto& person = *p.mutable_people(0);
while (static_cast<std::size_t>(person.addresses_size()) < n) person.add_addresses("a");
}
, "people[0].addresses", keep
}
, {"auth_methods", 100,
   FILL{for (std::size_t i = 0; i < n; ++i) p.mutable_incoming(0)->add_auth_methods("PLAIN");
}
, "incoming[0].auth_methods", keep
}
, {"name_of_the_partition", 1024, FILL{p.set_name(text(n));
}
, "name", shorten
}
, {"name_in_a_list", 1024, FILL{p.add_groups(text(n));
}
, "groups[1]", shorten
}
, {"cell", 1024, FILL{(*p.mutable_matrix(0)->mutable_priority())["Urgent"] = text(n);
}
, "matrix[0].priority[", shorten
}
, {"rules", 500, FILL{ADD_UP_TO(rules)();
}
, "rules", keep
}
, {"conditions", 20, FILL{auto& rule = *p.add_rules();
while (static_cast<std::size_t>(rule.when_size()) < n) rule.add_when();
}
, "rules[0].when", keep
}
, {"tags", 20, FILL{auto& then = *p.add_rules()->mutable_then();
while (static_cast<std::size_t>(then.tags_size()) < n) then.add_tags("t");
}
, "rules[0].then.tags", keep
}
, {"forward", 320, FILL{p.add_rules()->mutable_then()->set_forward(text(n));
}
, "rules[0].then.forward", shorten
}
, {"allowed_senders", 10'000,
   FILL{for (std::size_t i = 0; i < n; ++i) p.mutable_senders()->add_allow("@example.org");
}
, "senders.allow", keep
}
, {"denied_senders", 10'000,
   FILL{for (std::size_t i = 0; i < n; ++i) p.mutable_senders()->add_deny("@example.org");
}
, "senders.deny", keep
}
, {"blocked_names", 1'000,
   FILL{for (std::size_t i = 0; i < n; ++i) p.mutable_attachments()->add_block_names("*.exe");
}
, "attachments.block_names", keep
}
, {"blocked_types", 1'000,
   FILL{for (std::size_t i = 0; i < n; ++i) p.mutable_attachments()->add_block_types("a/b");
}
, "attachments.block_types", keep
}
, {"default_subject", 998, FILL{p.mutable_templates(0)->set_default_subject(text(n));
}
, "templates[0].default_subject", shorten
}
, {"default_text", 65'536, FILL{p.mutable_templates(0)->set_default_text(text(n));
}
, "templates[0].default_text", shorten
}
, {"subject_of_the_acknowledgement", 998,
   FILL{p.mutable_texts()->mutable_acknowledgement()->set_subject(text(n));
}
, "texts.acknowledgement.subject", shorten
}
, {"text_of_the_acknowledgement", 65'536,
   FILL{p.mutable_texts()->mutable_acknowledgement()->set_text(text(n));
}
, "texts.acknowledgement.text", shorten
}
, {"html_of_the_acknowledgement", 65'536,
   FILL{p.mutable_texts()->mutable_acknowledgement()->set_html(text(n));
}
, "texts.acknowledgement.html", shorten
}
, {"notifications", 500, FILL{auto& all = *p.mutable_texts();
while (static_cast<std::size_t>(all.notifications_size()) < n) all.add_notifications();
}
, "texts.notifications", keep
}
, {"text_of_a_notification", 65'536,
   FILL{p.mutable_texts()->add_notifications()->mutable_content()->set_text(text(n));
}
, "texts.notifications[0].content.text", shorten
}
, {"group_addresses", 1000, FILL{ADD_UP_TO(group_addresses)();
}
, "group_addresses", keep
}
, {"address_of_a_group", 320, FILL{p.add_group_addresses()->set_address(text(n));
}
, "group_addresses[0].address", shorten
}
, {"address", 320, FILL{p.mutable_people(0)->add_addresses(text(n));
}
, "people[0].addresses[1]", shorten
}
, {"host", 253, FILL{p.mutable_incoming(0)->set_host(text(n));
}
, "incoming[0].host", shorten
}
, {"login", 1024, FILL{p.mutable_incoming(0)->set_login(text(n));
}
, "incoming[0].login", shorten
}
, {"password_reference", 1024, FILL{p.mutable_incoming(0)->set_password("env:" + text(n - 4));
}
, "incoming[0].password", shorten
}
, {"from", 320, FILL{p.mutable_outgoing(0)->set_from(text(n));
}
, "outgoing[0].from", shorten
}
,
}
;

INSTANTIATE_TEST_SUITE_P(table, amounts_of_a_partition, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(amounts, are_all_named_at_once_in_every_partition) {
  auto s = two_partitions();
  s.mutable_partitions(0)->mutable_incoming(0)->set_host(text(300));
  s.mutable_partitions(0)->mutable_templates(0)->set_default_text(text(70'000));
  for (int i = 0; i < 30; ++i) s.mutable_partitions(1)->add_impacts("i" + std::to_string(i));
  std::vector<std::string> found;
  for (const auto& p : validate(s)) found.push_back(p.partition + ":" + p.path);
  EXPECT_EQ(found, (std::vector<std::string>{"IT:templates[0].default_text", "IT:incoming[0].host",
                                             "HR:impacts"}));
}

TEST(amounts, of_many_texts_that_are_fine_alone_are_refused_together) {
  auto s = valid_settings();
  auto& p = *s.mutable_partitions(0);
  for (int i = 0; i < 32; ++i) {
    auto& t = *p.add_templates() = p.templates(0);
    t.set_name("template " + std::to_string(i));
    t.set_default_text(text(65'536));
  }
  const auto found = validate(s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "");
  EXPECT_TRUE(found[0].what.starts_with("the lists, templates and texts have 209"))
      << found[0].what;
  p.mutable_templates()->RemoveLast();
  EXPECT_TRUE(validate(s).empty());
}

TEST(amounts, of_people_are_refused_together_as_well) {
  auto s = valid_settings();
  auto& p = *s.mutable_partitions(0);
  for (int i = 0; i < 800; ++i)
    for (int k = 0; k < 100; ++k) {
      if (k == 0)
        add_person(p, "P" + std::to_string(i), "p" + std::to_string(i) + "@a.test", false);
      auto local = std::to_string(i) + "." + std::to_string(k);
      if (k > 0)
        p.mutable_people()->rbegin()->add_addresses(local + "@" + text(250 - local.size()) +
                                                    ".test");
    }
  const auto found = validate(s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].remedy.ends_with("at most 16777216")) << found[0].remedy;
}

TEST(amounts, leave_room_for_a_thousand_servers_and_a_hundred_thousand_people) {
  auto s = valid_settings();
  auto& p = *s.mutable_partitions(0);
  for (int i = 1; i < 1000; ++i) {
    auto& server = *p.add_incoming() = p.incoming(0);
    server.set_name("server " + std::to_string(i));
    server.set_login("it" + std::to_string(i) + "@example.org");
  }
  for (int i = 1; i < 100'000; ++i)
    add_person(p, "Person " + std::to_string(i), "person" + std::to_string(i) + "@example.org",
               false);
  EXPECT_TRUE(validate(s).empty());
}

}  // namespace
}  // namespace postroom::partitions::test

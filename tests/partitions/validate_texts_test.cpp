#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/validate.hpp"

namespace postroom::partitions {
namespace {

using config::v1::Notification;
using config::v1::Partition;

Notification& add(Partition& p, const char* event, const char* to, const char* language = "") {
  auto& n = *p.mutable_texts()->add_notifications();
  n.set_event(event);
  n.set_audience(to);
  n.set_language(language);
  n.mutable_content()->set_text("{{call}} was {{event}}");
  return n;
}

void add_address(Partition& p, const char* group, const char* address) {
  auto& g = *p.add_group_addresses();
  g.set_group(group);
  g.set_address(address);
}

auto* ack(Partition& p) {
  return p.mutable_texts()->mutable_acknowledgement();
}

struct row {
  const char* name;
  void (*bend)(Partition&);
  const char* path;
  const char* what;
  const char* remedy;  // a part of it
};

// clang-format off
#define BEND [](Partition & p)

const row template_rows[] = {
    {"text_missing_beside_html", BEND { ack(p)->clear_text(); ack(p)->set_html("<p>x</p>"); },
     "texts.acknowledgement.text", "is missing", "plain text"},
    {"text_missing_beside_a_subject", BEND { ack(p)->clear_text(); ack(p)->set_subject("x"); },
     "texts.acknowledgement.text", "is missing", "plain text"},
    {"unknown_value_in_the_subject", BEND { ack(p)->set_subject("{{number}}"); },
     "texts.acknowledgement.subject", R"("number" is no value that a text may name)",
     "use one of: {{call}}, {{subject}}, {{user}}"},
    {"former_placeholder_in_the_text", BEND { ack(p)->set_text("{{call}} {Call}"); },
     "texts.acknowledgement.text", "{Call} is not filled in", "write {{call}}"},
    {"unknown_value_in_the_html",
     BEND { ack(p)->set_html("<style>p{color:red}</style>{{x_y}}"); },
     "texts.acknowledgement.html", R"("x_y" is no value that a text may name)", "{{update_by}}"},
    {"partial", BEND { ack(p)->set_text("{{>footer}}"); },
     "texts.acknowledgement.text", R"(names the partial "footer")", "no partials"},
    {"broken_text_of_a_notification",
     BEND { add(p, "closed", "user").mutable_content()->set_text("{{#user}}x"); },
     "texts.notifications[0].content.text",
     R"(is no Mustache template: Unclosed section "user" at 0)", "end every tag"},
    {"too_many_tags",
     BEND { for (int i = 0; i < 101; ++i) ack(p)->set_text(ack(p)->text() + "{{call}}"); },
     "texts.acknowledgement.text", "has more than 100 tags", "use fewer"},
};

const row notification_rows[] = {
    {"event_missing", BEND { add(p, "", "user"); },
     "texts.notifications[0].event", "is missing", "logged, updated, closed, reopened, assigned, flood"},
    {"event_unknown", BEND { add(p, "deleted", "user"); },
     "texts.notifications[0].event", R"("deleted" is unknown)", "use one of: logged"},
    {"event_in_upper_case", BEND { add(p, "Closed", "user"); },
     "texts.notifications[0].event", R"("Closed" is unknown)", "write it as closed"},
    {"audience_missing", BEND { add(p, "closed", ""); },
     "texts.notifications[0].audience", "is missing", "use one of: user, analyst, group"},
    {"audience_unknown", BEND { add(p, "closed", "everyone"); },
     "texts.notifications[0].audience", R"("everyone" is unknown)", "user, analyst, group"},
    {"group_without_any_address", BEND { add(p, "closed", "group"); },
     "texts.notifications[0].audience", "no group has an address", "`group_addresses`"},
    {"group_with_a_language",
     BEND { add(p, "closed", "group", "de"); add_address(p, "First line", "first@example.org"); },
     "texts.notifications[0].language", "a group has no language of its own", "leave it out"},
    {"language_of_no_form", BEND { add(p, "closed", "user", "deutsch 1"); },
     "texts.notifications[0].language", R"("deutsch 1" is no language tag)", "such as de or pt-BR"},
    {"the_acknowledgement_again", BEND { add(p, "logged", "user"); },
     "texts.notifications[0]", "that is texts.acknowledgement", "give it a language"},
    {"twice", BEND { add(p, "closed", "user", "de"); add(p, "closed", "user", "DE"); },
     "texts.notifications[1]", "there is a text for this event, audience and language already",
     "remove one"},
    {"without_content", BEND { add(p, "closed", "user").clear_content(); },
     "texts.notifications[0].content.text", "is missing", "remove the notification"},
    {"with_html_alone",
     BEND { auto& n = add(p, "closed", "user"); n.clear_content();
            n.mutable_content()->set_html("<p>x</p>"); },
     "texts.notifications[0].content.text", "is missing", "beside the HTML"},
    {"flood_to_a_user", BEND { add(p, "flood", "user"); },
     "texts.notifications[0].audience", "users are not told of a flood", "analyst or group"},
    {"language_of_a_person", BEND { p.mutable_people(0)->set_language("d"); },
     "people[0].language", R"("d" is no language tag)", "leave it out"},
};

const row group_rows[] = {
    {"unknown", BEND { add_address(p, "Second line", "second@example.org"); },
     "group_addresses[0].group", R"("Second line" is not in `groups`)", "First line"},
    {"missing", BEND { add_address(p, "", "second@example.org"); },
     "group_addresses[0].group", "is missing", "First line"},
    {"twice",
     BEND { add_address(p, "First line", "a@example.org");
            add_address(p, "First line", "b@example.org"); },
     "group_addresses[1].group", R"("First line" has an address already)", "one address"},
    {"without_address", BEND { add_address(p, "First line", ""); },
     "group_addresses[0].address", "is missing", "helpdesk@example.org"},
    {"invalid_address", BEND { add_address(p, "First line", "first"); },
     "group_addresses[0].address", R"("first" is no mail address)", "only the address"},
    {"own_address", BEND { add_address(p, "First line", "IT@example.org"); },
     "group_addresses[0].address", R"("IT@example.org" is an address of the partition itself)",
     "would become calls"},
};

#undef BEND
// clang-format on

class validate_texts : public testing::TestWithParam<row> {};

TEST_P(validate_texts, finds_it_alone_with_its_place_and_remedy) {
  const auto& r = GetParam();
  auto s = test::valid_settings();
  r.bend(*s.mutable_partitions(0));
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
INSTANTIATE_TEST_SUITE_P(templates, validate_texts, testing::ValuesIn(template_rows), name_of);
INSTANTIATE_TEST_SUITE_P(notifications, validate_texts, testing::ValuesIn(notification_rows),
                         name_of);
INSTANTIATE_TEST_SUITE_P(groups, validate_texts, testing::ValuesIn(group_rows), name_of);

TEST(validate_all_texts, has_nothing_against_texts_for_all_events_audiences_and_languages) {
  auto s = test::valid_settings();
  auto& p = *s.mutable_partitions(0);
  add_address(p, "First line", "first@example.org");
  for (const auto* event : {"logged", "updated", "closed", "reopened", "assigned"}) {
    for (const auto* language : {"de", "pt-BR", ""})
      for (const auto* to : {"user", "analyst"})
        if (event != std::string("logged") || *language != 0 || to != std::string("user"))
          add(p, event, to, language);
    add(p, event, "group");
  }
  add(p, "flood", "analyst", "de");
  add(p, "flood", "group");
  p.mutable_people(0)->set_language("de-AT");
  for (const auto& found : validate(s)) ADD_FAILURE() << found.path << ": " << found.what;
}

}  // namespace
}  // namespace postroom::partitions

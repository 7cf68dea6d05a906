#include "partitions/people.hpp"

#include <gtest/gtest.h>

using namespace postroom;
using namespace postroom::partitions;
using record::v1::Person;

namespace {

const partition_id it{"IT"};
const time_point now = from_millis(1'800'000'000'000);

Person person(uint64_t id, bool analyst, bool user, const char* partition = "IT",
              int64_t created_at = 1) {
  Person p;
  p.set_id(id);
  p.set_partition(partition);
  p.set_name("Person " + std::to_string(id));
  p.add_addresses("sam@example.org");
  p.set_analyst(analyst);
  p.set_user(user);
  p.set_active(true);
  p.set_created_at(created_at);
  return p;
}

sender sam(std::string key = "it-in/1/42") {
  return {"Sam@Example.org", "Sam Ple", std::move(key)};
}

enum class is { unknown, user, analyst, both };
enum class logs { sender, fallback };

struct row {
  const char* name;
  is who;
  bool linked;
  bool has_default;
  logs expected;
  bool creates;
  bool switches;
};

// Every row of the people table, with and without a Default Logging Analyst.
const row table[] = {
    {"unknown_unlinked_default", is::unknown, false, true, logs::fallback, true, false},
    {"unknown_linked_default", is::unknown, true, true, logs::fallback, true, false},
    {"unknown_unlinked_blank", is::unknown, false, false, logs::sender, true, false},
    {"unknown_linked_blank", is::unknown, true, false, logs::sender, true, false},
    {"user_unlinked_default", is::user, false, true, logs::fallback, false, false},
    {"user_linked_default", is::user, true, true, logs::fallback, false, false},
    {"user_unlinked_blank", is::user, false, false, logs::sender, false, false},
    {"user_linked_blank", is::user, true, false, logs::sender, false, false},
    {"analyst_unlinked_default", is::analyst, false, true, logs::fallback, false, true},
    {"analyst_linked_default", is::analyst, true, true, logs::sender, false, true},
    {"analyst_unlinked_blank", is::analyst, false, false, logs::sender, false, true},
    {"analyst_linked_blank", is::analyst, true, false, logs::sender, false, true},
    {"both_unlinked_default", is::both, false, true, logs::fallback, false, false},
    {"both_linked_default", is::both, true, true, logs::sender, false, false},
    {"both_unlinked_blank", is::both, false, false, logs::sender, false, false},
    {"both_linked_blank", is::both, true, false, logs::sender, false, false},
};

std::vector<Person> people_for(is who) {
  if (who == is::unknown) return {};
  return {person(5, who != is::user, who != is::analyst)};
}

record::v1::PeopleCase case_of(is who) {
  switch (who) {
    case is::unknown:
      return record::v1::UNKNOWN_SENDER;
    case is::user:
      return record::v1::USER_ONLY;
    case is::analyst:
      return record::v1::ANALYST_ONLY;
    case is::both:
      return record::v1::ANALYST_AND_USER;
  }
  return record::v1::PEOPLE_CASE_UNSPECIFIED;
}

class people_table : public testing::TestWithParam<row> {};

TEST_P(people_table, gives_the_user_and_the_logging_analyst) {
  const auto& r = GetParam();
  const auto who = resolve_sender(sam(), people_for(r.who), it, now);
  EXPECT_EQ(who.people_case, case_of(r.who));
  EXPECT_EQ(who.create, r.creates);
  EXPECT_EQ(who.switch_user_flag_on, r.switches);
  EXPECT_EQ(who.changed(), r.creates || r.switches);
  EXPECT_TRUE(who.person.user());
  EXPECT_EQ(who.person.id(), r.who == is::unknown ? 0u : 5u);
  EXPECT_TRUE(who.others.empty());

  const Person fallback = person(9, true, false);
  const auto& analyst = logging_analyst(who, r.linked, r.has_default ? &fallback : nullptr);
  EXPECT_EQ(&analyst, r.expected == logs::sender ? &who.person : &fallback);
}

TEST_P(people_table, decides_a_replay_of_the_same_mail_as_the_first_time) {
  const auto& r = GetParam();
  const auto first = resolve_sender(sam(), people_for(r.who), it, now);
  auto stored = first.person;
  stored.set_id(5);
  const auto again = resolve_sender(sam(), {stored}, it, now + duration{60'000});
  EXPECT_EQ(again.people_case, first.people_case);
  EXPECT_EQ(again.switch_user_flag_on, first.switch_user_flag_on);
  EXPECT_FALSE(again.create) << "the person is there already";
  EXPECT_EQ(again.person.SerializeAsString(), stored.SerializeAsString());
}

TEST_P(people_table, decides_the_next_mail_by_what_the_first_one_changed) {
  const auto& r = GetParam();
  auto stored = resolve_sender(sam(), people_for(r.who), it, now).person;
  stored.set_id(5);
  const auto next = resolve_sender(sam("it-in/1/43"), {stored}, it, now);
  const bool analyst = r.who == is::analyst || r.who == is::both;
  EXPECT_EQ(next.people_case, analyst ? record::v1::ANALYST_AND_USER : record::v1::USER_ONLY);
  EXPECT_FALSE(next.changed());
}

TEST_P(people_table, changes_nobody_who_is_known_by_a_mail_that_may_be_forged) {
  const auto& r = GetParam();
  auto from = sam();
  from.unproved = true;
  const auto who = resolve_sender(from, people_for(r.who), it, now);
  EXPECT_EQ(who.people_case, case_of(r.who));
  EXPECT_EQ(who.changed(), r.creates);
  EXPECT_EQ(who.person.user(), r.who != is::analyst);
}

INSTANTIATE_TEST_SUITE_P(design, people_table, testing::ValuesIn(table),
                         [](const auto& row_info) { return std::string(row_info.param.name); });

}  // namespace

TEST(new_person, is_an_active_user_of_the_calls_partition) {
  const auto who = resolve_sender(sam(), {}, it, now);
  EXPECT_EQ(who.person.partition(), "IT");
  EXPECT_EQ(who.person.name(), "Sam Ple");
  ASSERT_EQ(who.person.addresses_size(), 1);
  EXPECT_EQ(who.person.addresses(0), "sam@example.org");
  EXPECT_TRUE(who.person.active());
  EXPECT_FALSE(who.person.analyst());
  EXPECT_FALSE(who.person.from_config());
  EXPECT_EQ(who.person.created_at(), to_millis(now));
  EXPECT_EQ(who.person.created_by(), "it-in/1/42");
}

TEST(new_person, is_named_after_the_local_part_when_the_mail_has_no_name) {
  for (const char* name : {"", "   ", "\r\n\t"}) {
    const auto who = resolve_sender({"Sam.Ple@example.org", name, "k"}, {}, it, now);
    EXPECT_EQ(who.person.name(), "Sam.Ple");
  }
}

TEST(new_person, has_a_name_of_one_line_and_bounded_length) {
  const auto broken = resolve_sender({"s@example.org", "Sam\r\nBcc: x", "k"}, {}, it, now);
  EXPECT_EQ(broken.person.name(), "Sam Bcc: x");
  std::string umlauts;
  for (int i = 0; i < 500; ++i) umlauts += "ü";
  const auto longer = resolve_sender({"s@example.org", umlauts, "k"}, {}, it, now);
  EXPECT_LE(longer.person.name().size(), 200u);
  EXPECT_TRUE(longer.person.name().ends_with("ü…"));
}

TEST(several_people, partition_goes_before_active_before_age_before_id) {
  auto elsewhere = person(1, true, true, "HR", 1);
  auto inactive = person(2, true, true, "IT", 2);
  inactive.set_active(false);
  auto young = person(3, true, true, "IT", 20);
  auto old_later_id = person(5, true, true, "IT", 10);
  auto old_first_id = person(4, true, true, "IT", 10);
  const auto who =
      resolve_sender(sam(), {elsewhere, inactive, young, old_later_id, old_first_id}, it, now);
  EXPECT_EQ(who.person.id(), 4u);
  EXPECT_EQ(who.others, (std::vector<uint64_t>{5, 3, 2, 1}));
}

TEST(several_people, give_the_same_choice_in_any_order) {
  const auto a = person(1, true, false, "HR"), b = person(2, false, true),
             c = person(3, true, true);
  const auto one = resolve_sender(sam(), {a, b, c}, it, now);
  const auto two = resolve_sender(sam(), {c, a, b}, it, now);
  EXPECT_EQ(one.person.id(), two.person.id());
  EXPECT_EQ(one.others, two.others);
}

TEST(several_people, a_template_person_is_never_chosen_nor_listed) {
  auto pattern = person(1, true, true);
  pattern.set_template_(true);
  const auto who = resolve_sender(sam(), {pattern, person(2, false, true, "HR")}, it, now);
  EXPECT_EQ(who.person.id(), 2u);
  EXPECT_TRUE(who.others.empty());
  EXPECT_TRUE(resolve_sender(sam(), {pattern}, it, now).create);
}

TEST(several_people, an_inactive_one_is_chosen_when_there_is_nobody_else) {
  auto gone = person(1, false, true);
  gone.set_active(false);
  const auto who = resolve_sender(sam(), {gone}, it, now);
  EXPECT_FALSE(who.create);
  EXPECT_EQ(who.person.id(), 1u);
  EXPECT_FALSE(who.person.active()) << "a mail does not wake anybody up";
}

TEST(several_people, a_replay_keeps_the_choice_though_a_better_one_came_since) {
  auto created = resolve_sender(sam(), {}, it, now).person;
  created.set_id(7);
  const auto older = person(3, true, true, "IT", 1);
  const auto again = resolve_sender(sam(), {older, created}, it, now);
  EXPECT_EQ(again.person.id(), 7u);
  EXPECT_EQ(again.people_case, record::v1::UNKNOWN_SENDER);
  EXPECT_TRUE(again.others.empty()) << "there were none the first time";

  auto flagged = resolve_sender(sam(), {person(8, true, false, "HR")}, it, now).person;
  const auto flagged_again = resolve_sender(sam(), {older, flagged}, it, now);
  EXPECT_EQ(flagged_again.person.id(), 8u);
  EXPECT_EQ(flagged_again.people_case, record::v1::ANALYST_ONLY);
}

TEST(several_people, a_mail_without_a_key_is_never_taken_for_a_replay) {
  const auto who = resolve_sender(sam(""), {person(1, false, true)}, it, now);
  EXPECT_EQ(who.people_case, record::v1::USER_ONLY);
}

TEST(a_person_without_any_flag, becomes_a_user_and_logs_nothing) {
  const auto who = resolve_sender(sam(), {person(1, false, false)}, it, now);
  EXPECT_EQ(who.people_case, record::v1::USER_ONLY);
  EXPECT_TRUE(who.switch_user_flag_on);
  const Person fallback = person(9, true, false);
  EXPECT_EQ(&logging_analyst(who, true, &fallback), &fallback);
}

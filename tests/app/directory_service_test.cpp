#include "tests/app/setup_fixture.hpp"

namespace postroom::app {

using namespace admin::v1;

namespace {

UpdatePersonRequest update_of(const DirectoryPerson& p) {
  UpdatePersonRequest out;
  out.set_partition(p.partition());
  out.set_id(p.id());
  *out.mutable_person() = p.person();
  out.set_revision(p.revision());
  return out;
}

std::string names(const result<ListPeopleResponse>& list) {
  std::string out;
  if (!list) return list.error().text();
  for (const auto& p : list->people()) out += p.partition() + " " + p.person().name() + "; ";
  return out;
}

}  // namespace

TEST_F(setup, people_of_the_configuration_and_of_mails_are_listed_by_flags_and_text) {
  person("HR", "ana@hr.example.org");
  person("IT", "ana@it.example.org");
  const auto list = [&](const auto& with) {
    ListPeopleRequest r;
    with(r);
    return names(call<ListPeopleResponse>("DirectoryService/List", r));
  };
  EXPECT_EQ(list([](auto&) {}), "IT Una User; HR Ana Lyst; IT Ana Lyst; ");
  EXPECT_EQ(list([](auto& r) { r.set_partition("HR"); }), "HR Ana Lyst; ");
  EXPECT_EQ(list([](auto& r) { r.set_user(true); }), "IT Una User; ");
  EXPECT_EQ(list([](auto& r) { r.set_analyst(false); }), "IT Una User; ");
  EXPECT_EQ(list([](auto& r) { r.set_text("IT.example"); }), "IT Ana Lyst; ");
  EXPECT_EQ(list([](auto& r) { r.set_text("una"); }), "IT Una User; ");
  EXPECT_EQ(list([](auto& r) { r.set_active(false); }), "");
  EXPECT_EQ(list([](auto& r) { r.set_template_(true); }), "");
}

TEST_F(setup, an_address_that_mails_came_back_from_is_shown_with_its_person) {
  const auto una = person("IT", "una@example.com");
  ASSERT_EQ(una.marks_size(), 1);
  EXPECT_EQ(una.marks(0).mark().status(), "5.1.1");
  EXPECT_TRUE(una.marks(0).unreachable());
  const auto list = call<ListPeopleResponse>("DirectoryService/List", ListPeopleRequest{});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->people(0).marks_size(), 1);
  EXPECT_EQ(list->people(1).marks_size(), 0);
  ASSERT_EQ(run_cli({"people", "list"}, term), exit_done) << err.str();
  EXPECT_NE(out.str().find("una@example.com unreachable"), std::string::npos) << out.str();
  out.str("");
  ASSERT_EQ(run_cli({"people", "show", "IT/una@example.com"}, term), exit_done) << err.str();
  EXPECT_NE(out.str().find("una@example.com cannot be reached (5.1.1 no such user), 2 reports, the "
                           "last one 2026-11-23"),
            std::string::npos)
      << out.str();
}

TEST_F(setup, people_of_a_partition_that_never_was_are_not_an_empty_list) {
  ListPeopleRequest r;
  r.set_partition("GONE");
  EXPECT_EQ(call<ListPeopleResponse>("DirectoryService/List", r).code(), ec::not_found);
}

TEST_F(setup, people_come_page_by_page_and_only_those_the_caller_may_see) {
  person("HR", "ana@hr.example.org");
  person("IT", "ana@it.example.org");
  ListPeopleRequest r;
  r.set_page_size(1);
  std::string seen;
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = call<ListPeopleResponse>("DirectoryService/List", r);
    ASSERT_TRUE(page);
    seen += names(page);
    if (page->next_page_token().empty()) break;
    r.set_page_token(page->next_page_token());
  }
  EXPECT_EQ(seen, "IT Una User; HR Ana Lyst; IT Ana Lyst; ");
  const auto& directory = *state->backend.directory();
  EXPECT_EQ(names(list_people(directory, {}, of_hr(PEOPLE_SETUP))), "HR Ana Lyst; ");
  r.set_page_token("x");
  EXPECT_EQ(call<ListPeopleResponse>("DirectoryService/List", r).code(), ec::config_invalid);
}

TEST(people_pages, a_page_walks_past_no_more_people_of_others_than_it_may_and_the_next_goes_on) {
  const auto engine = storage::make_memory_engine();
  const auto store = *engine->open("directory");
  storage::write_batch batch;
  for (uint64_t id = 1; id <= 45'001; ++id) {
    record::v1::Person p;
    p.set_id(id);
    p.set_partition(id == 45'001 ? "HR" : "IT");
    p.set_name("Somebody");
    batch.put(storage::keys::person(person_id{id}), p.SerializeAsString());
  }
  ASSERT_TRUE(store->commit(*store->claim(), std::move(batch)));
  const access::caller hanna{"hanna", "", {{PEOPLE_SETUP, {false, {"HR"}}}}};
  ListPeopleRequest r;
  std::vector<int> pages;
  do {
    const auto page = list_people(*store, r, hanna);
    ASSERT_TRUE(page);
    pages.push_back(page->people_size());
    r.set_page_token(page->next_page_token());
  } while (!r.page_token().empty() && pages.size() < 9);
  EXPECT_EQ(pages, (std::vector<int>{0, 0, 1}));
}

TEST_F(setup, a_person_of_the_configuration_is_added_changed_and_removed) {
  AddPersonRequest a;
  a.set_partition("IT");
  a.mutable_person()->set_name("Bo");
  a.mutable_person()->add_addresses("bo@example.org");
  const auto wrong = call<SetupResponse>("DirectoryService/Add", a);
  ASSERT_EQ(wrong->problems_size(), 1);
  EXPECT_EQ(wrong->problems(0).path(), "");
  a.mutable_person()->set_user(true);
  ASSERT_TRUE(change("DirectoryService/Add", a));
  auto bo = person("IT", "bo@example.org");
  EXPECT_FALSE(bo.from_mail());
  auto u = update_of(bo);
  u.mutable_person()->set_addresses(0, "bo.new@example.org");
  ASSERT_TRUE(change("DirectoryService/Update", u));
  const auto changed = person("IT", "BO.new@example.org");
  EXPECT_EQ(changed.id(), bo.id());
  EXPECT_EQ(refused("DirectoryService/Update", update_of(bo)).code, ec::outdated);
  RemovePersonRequest r;
  r.set_partition("IT");
  r.set_id(bo.id());
  r.set_revision(changed.revision());
  ASSERT_TRUE(change("DirectoryService/Remove", r));
  EXPECT_TRUE(person("IT", "bo.new@example.org").from_mail()) << "in the configuration no more";
}

TEST_F(setup, an_analyst_whom_servers_name_is_not_removed) {
  const auto ana = person("IT", "ana@it.example.org");
  RemovePersonRequest r;
  r.set_partition("IT");
  r.set_id(ana.id());
  r.set_revision(ana.revision());
  const auto got = call<SetupResponse>("DirectoryService/Remove", r);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->problems_size(), 1);
  EXPECT_EQ(got->problems(0).path(), "incoming[0].default_logging_analyst");
}

TEST_F(setup, a_person_whom_a_mail_created_is_changed_in_the_directory) {
  const auto una = person("IT", "una@example.com");
  EXPECT_TRUE(una.from_mail());
  auto u = update_of(una);
  u.mutable_person()->set_name("Una Changed");
  u.mutable_person()->set_format("PLAIN");
  const auto done = call<SetupResponse>("DirectoryService/Update", u);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_EQ(done->changes_total(), 2u);
  const auto changed = person("IT", "una@example.com");
  EXPECT_EQ(changed.person().name(), "Una Changed");
  EXPECT_EQ(changed.revision(), done->revision());
  EXPECT_EQ(state->stored.now().value()->version, 2u) << "the configuration is as it was";
  u.mutable_person()->set_name("Una Other");
  EXPECT_EQ(refused("DirectoryService/Update", u).code, ec::outdated);
}

TEST_F(setup, what_is_wrong_with_a_person_whom_a_mail_created_is_told_at_once) {
  auto u = update_of(person("IT", "una@example.com"));
  u.mutable_person()->set_name("");
  u.mutable_person()->set_format("RTF");
  u.mutable_person()->set_addresses(0, "ANA@it.example.org");
  const auto got = call<SetupResponse>("DirectoryService/Update", u);
  ASSERT_TRUE(got);
  ASSERT_EQ(got->problems_size(), 3) << got->ShortDebugString();
  EXPECT_EQ(got->problems(0).path(), "name");
  EXPECT_EQ(got->problems(1).path(), "format");
  EXPECT_EQ(got->problems(2).path(), "addresses[0]");
}

TEST_F(setup, a_person_whom_a_mail_created_comes_into_the_configuration_as_an_analyst) {
  const auto una = person("IT", "una@example.com");
  auto u = update_of(una);
  u.mutable_person()->set_analyst(true);
  u.mutable_person()->set_addresses(0, "una.new@example.com");
  EXPECT_TRUE(refused("DirectoryService/Update", u).detail.starts_with("addresses: keep one"));
  u.mutable_person()->add_addresses("UNA@example.com");
  u.set_revision(una.revision() + 2);
  EXPECT_EQ(refused("DirectoryService/Update", u).code, ec::outdated);
  u.set_revision(una.revision());
  ASSERT_TRUE(change("DirectoryService/Update", u));
  const auto analyst = person("IT", "una.new@example.com");
  EXPECT_FALSE(analyst.from_mail());
  EXPECT_EQ(analyst.id(), una.id());
}

TEST_F(setup, a_removed_person_whom_a_mail_created_is_switched_off_and_still_listed) {
  const auto una = person("IT", "una@example.com");
  RemovePersonRequest r;
  r.set_partition("IT");
  r.set_id(una.id());
  EXPECT_EQ(refused("DirectoryService/Remove", r).code, ec::config_invalid);
  r.set_revision(una.revision());
  ASSERT_TRUE(change("DirectoryService/Remove", r));
  const auto off = person("IT", "una@example.com");
  EXPECT_TRUE(off.person().has_active() && !off.person().active());
  r.set_partition("HR");
  EXPECT_EQ(refused("DirectoryService/Remove", r).code, ec::not_found) << "not a word of others";
}

TEST_F(setup, where_reasons_are_demanded_a_change_of_whom_a_mail_created_needs_one_too) {
  UpdateGeneralRequest g;
  g.mutable_general()->set_demand_reasons(true);
  g.set_revision(
      call<GetGeneralResponse>("EmailSettingsService/GetGeneral", GetGeneralRequest{})->revision());
  ASSERT_TRUE(change("EmailSettingsService/UpdateGeneral", g));
  const auto una = person("IT", "una@example.com");
  RemovePersonRequest r;
  r.set_partition("IT");
  r.set_id(una.id());
  r.set_revision(una.revision());
  EXPECT_NE(refused("DirectoryService/Remove", r).detail.find("reason: is blank"),
            std::string::npos);
  r.set_reason("left");
  EXPECT_TRUE(change("DirectoryService/Remove", r));
}

TEST_F(setup, whoever_sets_up_people_of_one_partition_learns_nothing_of_those_of_others) {
  person("HR", "ana@HR.example.org");
  const auto una = person("IT", "una@example.com");
  const auto hanna = sign_in("hanna", {PEOPLE_SETUP}, "HR");
  ListPeopleRequest l;
  l.set_page_size(1);
  const auto list = call_as<ListPeopleResponse>(hanna, "DirectoryService/List", l);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->people_size(), 1);
  EXPECT_EQ(list->people(0).partition(), "HR");
  EXPECT_EQ(list->next_page_token(), "") << "those behind it are of another partition";
  const auto asked = [&](uint64_t id) {
    GetPersonRequest g;
    g.set_partition("HR");
    g.set_id(id);
    auto text = call_as<GetPersonResponse>(hanna, "DirectoryService/Get", g).error().detail;
    return text.replace(text.find("HR/"), 3 + std::to_string(id).size(), "HR/N");
  };
  EXPECT_EQ(asked(una.id()), asked(99)) << "there or not, it is nobody of HR";
  RemovePersonRequest r;
  r.set_partition("HR");
  r.set_id(una.id());
  r.set_revision(una.revision());
  EXPECT_EQ(call_as<SetupResponse>(hanna, "DirectoryService/Remove", r).code(), ec::not_found);
  EXPECT_TRUE(partitions::is_active(person("IT", "una@example.com").person()));
}

}  // namespace postroom::app

#include "actors/directory.hpp"

#include "tests/actors/actor_world.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::Person;
using resolved = std::shared_ptr<answer<people_resolved>>;

struct directory_test : testing::Test, actor_world {
  directory_test() {
    unit = *engine->open("directory");
    owner = *unit->claim();
    start();
  }
  ~directory_test() override { stop_all(); }
  void start() {
    auto people = load_people(*unit);
    ASSERT_TRUE(people);
    life = adopt(sys.spawn(directory, directory_args{context, unit, owner, std::move(*people)}));
    death = watch(life);
  }
  void restart() {
    caf::anon_send_exit(life, caf::exit_reason::kill);
    run();
    start();
  }
  resolved resolve(const std::string& address, const std::string& mail_key = "it-in/7/1",
                   bool wrote = true) {
    auto r = std::make_shared<resolve_people>();
    r->partition = partition_id{"IT"};
    r->senders.push_back({{address, "Una User", mail_key}, wrote});
    r->analysts.push_back("ana@example.org");
    return ask<people_resolved>(life, resolve_request{r});
  }
  const partitions::sender_resolution& who(const resolved& r) {
    EXPECT_TRUE(r->value);
    return r->value->senders->at(0);
  }
  void sync() { EXPECT_TRUE(ask<done_message>(life, sync_people{model_of(config)})->value); }
  std::vector<Person> people() const { return all<Person>(keys::kind::person); }

  config::v1::Partition config = partitions::test::valid_partition();
  directory_actor life;
  std::shared_ptr<test::death> death;
};

TEST_F(directory_test, an_unknown_sender_becomes_a_user_on_disk_before_the_answer) {
  store_pool.held = true;
  auto got = resolve("Una@Example.com");
  EXPECT_TRUE(got->pending());
  store_pool.release();
  run();
  EXPECT_TRUE(who(got).create);
  EXPECT_EQ(who(got).person.id(), 1u);
  ASSERT_EQ(people().size(), 1u);
  EXPECT_EQ(people().at(0).addresses(0), "una@example.com");
  EXPECT_TRUE(people().at(0).user());
  EXPECT_EQ(people().at(0).partition(), "IT");
}

TEST_F(directory_test, several_requests_for_one_unknown_sender_create_one_person) {
  store_pool.held = true;
  auto first = resolve("una@example.com", "it-in/7/1");
  auto second = resolve("UNA@example.com", "it-in/7/2");
  auto third = resolve("una@EXAMPLE.com", "it-pop/7/3");
  store_pool.release();
  run();
  EXPECT_EQ(people().size(), 1u);
  EXPECT_EQ(who(second).person.id(), who(first).person.id());
  EXPECT_EQ(who(third).person.id(), who(first).person.id());
  EXPECT_EQ(who(second).people_case, record::v1::USER_ONLY);
  EXPECT_EQ(disk->committed, 1u);
}

TEST_F(directory_test, a_known_sender_costs_no_commit) {
  resolve("una@example.com");
  auto before = disk->committed;
  EXPECT_TRUE(resolve("una@example.com", "it-in/7/2")->value);
  EXPECT_EQ(disk->committed, before);
}

TEST_F(directory_test, a_failed_commit_is_answered_and_leaves_no_trace_in_memory) {
  disk->commits.push_back({fail(ec::store_io)});
  EXPECT_EQ(resolve("una@example.com")->failed.code, ec::store_io);
  EXPECT_FALSE(death->dead);
  EXPECT_TRUE(people().empty());
  auto again = resolve("una@example.com", "it-in/7/2");
  EXPECT_TRUE(who(again).create);
  EXPECT_EQ(people().size(), 1u);
}

TEST_F(directory_test, a_failed_commit_that_landed_all_the_same_makes_no_second_person) {
  disk->commits.push_back({fail(ec::store_io), true});
  EXPECT_EQ(resolve("una@example.com")->failed.code, ec::store_io);
  EXPECT_TRUE(who(resolve("una@example.com")).create);
  EXPECT_EQ(people().size(), 1u);
  restart();
  EXPECT_EQ(who(resolve("una@example.com")).person.id(), 1u);
}

TEST_F(directory_test, a_failed_commit_takes_back_changes_of_known_people_too) {
  sync();
  disk->commits.push_back({fail(ec::store_io)});
  EXPECT_EQ(resolve("ana@example.org")->failed.code, ec::store_io);
  auto again = resolve("ana@example.org");
  EXPECT_EQ(who(again).people_case, record::v1::ANALYST_ONLY);
  EXPECT_TRUE(who(again).switch_user_flag_on);
}

TEST_F(directory_test, a_replay_after_a_crash_is_told_the_same_as_the_first_time) {
  auto first = who(resolve("una@example.com"));
  restart();
  auto again = who(resolve("una@example.com"));
  EXPECT_EQ(again.people_case, first.people_case);
  EXPECT_EQ(again.person.id(), first.person.id());
  EXPECT_EQ(people().size(), 1u);
  EXPECT_EQ(who(resolve("una@example.com", "it-in/7/2")).people_case, record::v1::USER_ONLY);
}

TEST_F(directory_test, nobody_is_created_in_a_dry_run) {
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"IT"};
  r->as_if = model_of(config);
  r->senders.push_back({{"una@example.com", "Una User", "it-in/7/1"}, true});
  EXPECT_TRUE(who(ask<people_resolved>(life, resolve_request{r})).create);
  EXPECT_TRUE(people().empty());
}

TEST_F(directory_test, holds_the_people_of_the_configuration_and_finds_the_analyst) {
  sync();
  ASSERT_EQ(people().size(), 1u);
  EXPECT_TRUE(people().at(0).analyst());
  EXPECT_TRUE(people().at(0).from_config());
  auto got = resolve("una@example.com");
  ASSERT_EQ(got->value->analysts->count("ana@example.org"), 1u);
  EXPECT_EQ(got->value->analysts->at("ana@example.org").name(), "Ana Lyst");
}

TEST_F(directory_test, a_configuration_that_says_the_same_costs_no_commit) {
  sync();
  auto before = disk->committed;
  sync();
  restart();
  sync();
  EXPECT_EQ(disk->committed, before);
}

TEST_F(directory_test, a_person_whose_configuration_changed_keeps_the_id) {
  sync();
  config.mutable_people(0)->set_name("Ana Changed");
  config.mutable_people(0)->add_addresses("ana2@example.org");
  sync();
  ASSERT_EQ(people().size(), 1u);
  EXPECT_EQ(people().at(0).name(), "Ana Changed");
  EXPECT_EQ(who(resolve("ana2@example.org")).person.id(), people().at(0).id());
}

TEST_F(directory_test, a_person_whose_addresses_all_changed_keeps_the_id) {
  sync();
  config.mutable_people(0)->set_addresses(0, "ana.new@example.org");
  sync();
  ASSERT_EQ(people().size(), 1u);
  EXPECT_EQ(who(resolve("ana.new@example.org")).person.id(), people().at(0).id());
}

TEST_F(directory_test, a_pattern_without_an_address_is_held_once) {
  auto& pattern = *config.add_people();
  pattern.set_name("New user");
  pattern.set_template_(true);
  sync();
  sync();
  EXPECT_EQ(people().size(), 2u);
}

TEST_F(directory_test, a_person_taken_out_of_the_configuration_is_switched_off_but_kept) {
  sync();
  config.clear_people();
  sync();
  ASSERT_EQ(people().size(), 1u);
  EXPECT_FALSE(people().at(0).active());
  EXPECT_FALSE(people().at(0).analyst());
  auto got = resolve("una@example.com");
  EXPECT_TRUE(got->value->analysts->empty());
}

TEST_F(directory_test, people_of_other_partitions_and_those_mails_created_are_left_alone) {
  resolve("una@example.com");
  auto other = config;
  other.set_id("HR");
  EXPECT_TRUE(ask<done_message>(life, sync_people{model_of(other)})->value);
  config.clear_people();
  sync();
  ASSERT_EQ(people().size(), 2u);
  for (const auto& p : people()) EXPECT_TRUE(p.active()) << p.name();
}

TEST_F(directory_test, a_dry_run_for_one_partition_meets_nobody_of_another) {
  auto other = config;
  other.set_id("HR");
  other.mutable_people(0)->set_name("Ana of HR");
  EXPECT_TRUE(ask<done_message>(life, sync_people{model_of(other)})->value);
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"IT"};
  r->senders.push_back({{"ana@example.org", "", "dry-run"}, false});
  config.clear_people();
  r->as_if = model_of(config);
  EXPECT_EQ(who(ask<people_resolved>(life, resolve_request{r})).person.name(), "Ana of HR");
  r = std::make_shared<resolve_people>(*r);
  r->own_only = true;
  const auto alone = ask<people_resolved>(life, resolve_request{r});
  EXPECT_TRUE(who(alone).create) << "as if there were nobody";
  EXPECT_EQ(who(alone).person.ShortDebugString().find("HR"), std::string::npos);
  EXPECT_TRUE(who(alone).others.empty());
}

TEST_F(directory_test, a_user_flag_that_a_mail_switched_on_stays_on) {
  sync();
  EXPECT_EQ(who(resolve("ana@example.org")).people_case, record::v1::ANALYST_ONLY);
  EXPECT_TRUE(people().at(0).user());
  sync();
  restart();
  sync();
  EXPECT_TRUE(people().at(0).user());
  EXPECT_EQ(who(resolve("ana@example.org", "it-in/7/2")).people_case, record::v1::ANALYST_AND_USER);
}

TEST_F(directory_test, answers_many_waiting_requests_with_few_commits) {
  store_pool.held = true;
  std::vector<resolved> all_of_them;
  for (int i = 0; i < 130; ++i)
    all_of_them.push_back(resolve("u" + std::to_string(i) + "@example.com"));
  store_pool.release();
  run();
  for (const auto& r : all_of_them) EXPECT_TRUE(r->value);
  EXPECT_EQ(people().size(), 130u);
  EXPECT_EQ(disk->committed, 4u);  // 1, 64, 64, 1
}

TEST_F(directory_test, drain_answers_what_waits_and_goes) {
  store_pool.held = true;
  auto first = resolve("una@example.com");
  auto second = resolve("udo@example.com");
  drain_now(life);
  EXPECT_FALSE(death->dead);
  store_pool.release();
  run();
  EXPECT_TRUE(first->value && second->value);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(directory_test, a_broken_record_is_reported_at_the_start) {
  storage::write_batch bad;
  bad.put(keys::person(person_id{1}), "\xff\xff");
  ASSERT_TRUE(unit->commit(owner, std::move(bad)));
  EXPECT_EQ(load_people(*unit).code(), ec::corrupt_record);
}

TEST_F(directory_test,
       an_address_that_mail_came_back_from_is_marked_until_somebody_writes_from_it) {
  resolve("una@example.com");
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"IT"};
  auto& mark = r->marks.emplace_back();
  mark.set_address("una@example.com");
  mark.set_status("5.1.1");
  mark.set_reports(1);
  for (int times = 0; times < 2; ++times)
    ASSERT_TRUE(ask<people_resolved>(life, resolve_request{r})->value);
  ASSERT_EQ(people().at(0).marks_size(), 1);
  EXPECT_EQ(people().at(0).marks(0).status(), "5.1.1");
  EXPECT_EQ(people().at(0).marks(0).reports(), 2u);
  resolve("Una@Example.com", "it-in/7/2");
  EXPECT_EQ(people().at(0).marks_size(), 0);
  EXPECT_EQ(people().size(), 1u);
}

TEST_F(directory_test, a_mail_takes_the_mark_from_everybody_who_has_its_address) {
  for (const auto id : {1u, 2u}) {
    Person p;
    p.set_id(id);
    p.set_partition("IT");
    p.set_user(true);
    p.set_active(true);
    p.set_created_at(id);
    p.add_addresses("Una@example.com");
    p.add_marks()->set_address("una@example.com");
    storage::write_batch batch;
    batch.put(keys::person(person_id{id}), p.SerializeAsString());
    ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  }
  restart();
  resolve("una@example.com", "it-in/7/1", false);
  EXPECT_EQ(people().at(0).marks_size(), 1) << "an address that is only named proves nothing";
  EXPECT_EQ(who(resolve("una@example.com")).person.marks_size(), 0);
  for (const auto& p : people()) EXPECT_EQ(p.marks_size(), 0) << p.id();
}

TEST_F(directory_test, a_mail_to_one_partition_takes_no_mark_of_another) {
  resolve("una@example.com");
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"IT"};
  r->marks.emplace_back().set_address("una@example.com");
  ASSERT_TRUE(ask<people_resolved>(life, resolve_request{r})->value);
  auto written = std::make_shared<resolve_people>();
  written->partition = partition_id{"HR"};
  written->senders.push_back({{"una@example.com", "Una User", "hr-in/7/1"}, true});
  ASSERT_TRUE(ask<people_resolved>(life, resolve_request{written})->value);
  EXPECT_EQ(people().at(0).marks_size(), 1);
}

TEST_F(directory_test, what_came_back_to_one_partition_marks_nobody_of_another) {
  resolve("una@example.com");
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"HR"};
  r->marks.emplace_back().set_address("una@example.com");
  ASSERT_TRUE(ask<people_resolved>(life, resolve_request{r})->value);
  EXPECT_EQ(people().at(0).marks_size(), 0);
}

TEST_F(directory_test, the_people_of_calls_are_told_by_their_number) {
  resolve("una@example.com");
  auto r = std::make_shared<resolve_people>();
  r->partition = partition_id{"IT"};
  r->persons = {1, 99};
  auto got = ask<people_resolved>(life, resolve_request{r});
  ASSERT_TRUE(got->value);
  ASSERT_EQ(got->value->persons->size(), 1u);
  EXPECT_EQ(got->value->persons->at(1).name(), "Una User");
}

}  // namespace
}  // namespace postroom::actors::test

#include "base/digest.hpp"
#include "tests/actors/factory_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(factory_test, answers_when_the_mails_are_on_disk_and_nudges_the_sender) {
  start();
  auto got = give({call_item(1, "red"), call_item(2, "blue")});
  ASSERT_TRUE(got->value);
  EXPECT_EQ(got->value->count, 2u);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 logged"}));
  EXPECT_EQ(call(1).user().address(), "una@example.com");
  EXPECT_EQ(call(1).logging_analyst().name(), "Una User") << "the directory knows no analyst";
  EXPECT_EQ(nudges, 1);
  EXPECT_EQ(healthy, 1);
}

TEST_F(factory_test, nudges_a_sender_it_is_told_of_because_an_earlier_life_may_not_have) {
  start();
  caf::anon_send(life, use_sender{sender});
  run();
  EXPECT_EQ(nudges, 1);
}

TEST_F(factory_test, nudges_nobody_when_there_is_nothing_to_send) {
  start();
  EXPECT_TRUE(give({quarantined_item(1, "garbage")})->value);
  EXPECT_EQ(nudges, 0);
}

TEST_F(factory_test, mails_that_arrive_during_a_commit_share_the_next_one) {
  start();
  pool.held = true;
  auto first = give({quarantined_item(1, "a")});
  auto second = give({quarantined_item(2, "b")});
  auto third = give({quarantined_item(3, "c")});
  work();
  EXPECT_TRUE(first->value && second->value && third->value);
  EXPECT_EQ(disk->committed, 2u);
  EXPECT_EQ(count(keys::kind::quarantine), 3u);
}

TEST_F(factory_test, no_answer_comes_before_the_commit) {
  start();
  pool.held = true;
  auto got = give({quarantined_item(1, "a")});
  pool.run();  // the look-up
  run();
  EXPECT_TRUE(got->pending());
  EXPECT_EQ(pool.jobs.size(), 1u);
  pool.run();  // the commit
  EXPECT_TRUE(got->pending());
  run();
  EXPECT_TRUE(got->value);
}

TEST_F(factory_test, a_round_holds_512_mails_at_most) {
  start();
  pool.held = true;
  auto first = give({suppressed_item(1, "vanished")});
  for (uint64_t b = 0; b < 5; ++b) {
    std::vector<mail_item> items;
    for (uint64_t i = 0; i < 256; ++i)
      items.push_back(suppressed_item(1000 * (b + 1) + i, "vanished"));
    give(std::move(items));
  }
  work();
  EXPECT_EQ(disk->committed, 4u);  // 1, 512, 512, 256
  EXPECT_EQ(count(keys::kind::ledger), 1u + 5 * 256);
}

TEST_F(factory_test, a_large_mail_makes_a_round_of_its_own) {
  start();
  pool.held = true;
  auto first = give({suppressed_item(1, "vanished")});
  auto small = give({quarantined_item(2, "b")});
  auto large = give({quarantined_item(3, std::string(17u << 20, 'x'))});
  work();
  EXPECT_TRUE(small->value && large->value);
  EXPECT_EQ(disk->committed, 3u);
}

TEST_F(factory_test, a_failed_commit_answers_everyone_who_waits_and_ends_the_factory) {
  start();
  pool.held = true;
  auto first = give({quarantined_item(1, "a")});
  auto second = give({quarantined_item(2, "b")});
  disk->commits.push_back({fail(ec::no_space)});
  work();
  EXPECT_EQ(first->failed.code, ec::no_space);
  EXPECT_EQ(second->failed.code, ec::no_space);
  EXPECT_EQ(death->reason.code, ec::no_space);
  EXPECT_EQ(count(keys::kind::ledger), 0u);
}

TEST_F(factory_test, the_next_life_after_a_commit_that_landed_all_the_same_changes_nothing) {
  start();
  disk->commits.push_back({fail(ec::store_io), true});
  EXPECT_EQ(give({quarantined_item(1, "a")})->failed.code, ec::store_io);
  EXPECT_EQ(count(keys::kind::ledger), 1u);
  start();
  EXPECT_TRUE(give({quarantined_item(1, "a"), quarantined_item(2, "b")})->value);
  EXPECT_EQ(count(keys::kind::quarantine), 2u);
  EXPECT_EQ(box("it-in").outcomes().at("quarantined:mail_unparsable"), 2u);
}

TEST_F(factory_test, an_owner_that_was_replaced_dies_of_its_stale_epoch) {
  start();
  ASSERT_TRUE(unit->claim());
  EXPECT_EQ(give({quarantined_item(1, "a")})->failed.code, ec::stale_epoch);
  EXPECT_EQ(death->reason.code, ec::stale_epoch);
}

TEST_F(factory_test, a_discarded_mail_keeps_its_bytes_and_its_outcome_and_says_by_whom_and_why) {
  start();
  ASSERT_TRUE(give({quarantined_item(1, "garbage")})->value);
  auto before = ledger();
  auto raw = count(keys::kind::raw);
  auto got = discard(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  auto entry = record<record::v1::QuarantineEntry>(keys::quarantine(mail_id{1}));
  EXPECT_EQ(entry.discarded_at(), to_millis(noon));
  EXPECT_EQ(entry.discarded_by(), "olga");
  EXPECT_EQ(entry.discard_reason(), "an advertisement");
  EXPECT_EQ(entry.reason(), "mail_unparsable");
  EXPECT_EQ(ledger(), before);
  EXPECT_EQ(count(keys::kind::raw), raw);
  EXPECT_EQ(discard(1)->failed.code, ec::conflict);
  EXPECT_EQ(discard(9)->failed.code, ec::not_found);
  EXPECT_FALSE(death->dead);
}

TEST_F(factory_test, a_discard_during_a_round_waits_for_its_commit_and_comes_before_the_next) {
  start();
  ASSERT_TRUE(give({quarantined_item(1, "a")})->value);
  pool.held = true;
  auto round = give({quarantined_item(2, "b")});
  auto late = discard(2);
  auto next = give({quarantined_item(3, "c")});
  EXPECT_EQ(pool.jobs.size(), 1u);
  work();
  EXPECT_TRUE(round->value && next->value);
  EXPECT_TRUE(late->value) << "the round it waited for made the entry";
}

TEST_F(factory_test, drain_finishes_a_discard_and_a_disk_that_fails_is_answered) {
  start();
  ASSERT_TRUE(give({quarantined_item(1, "a")})->value);
  pool.held = true;
  auto got = discard(1);
  drain_now(life);
  EXPECT_FALSE(death->dead);
  disk->commits.push_back({fail(ec::store_io)});
  work();
  EXPECT_EQ(got->failed.code, ec::store_io);
  EXPECT_TRUE(death->dead);
}

TEST_F(factory_test, new_rules_count_from_the_next_round) {
  start();
  pool.held = true;
  auto first = give({call_item(1, "red")});
  config.mutable_templates(0)->set_group("Second line");
  config.add_groups("Second line");
  caf::anon_send(life, use_model{model_of(config, 2)});
  run();
  auto second = give({call_item(2, "blue")});
  work();
  ASSERT_TRUE(first->value && second->value);
  EXPECT_EQ(call(1).group(), "First line");
  EXPECT_EQ(call(1).decision().settings_version(), 1u);
  EXPECT_EQ(call(2).group(), "Second line");
  EXPECT_EQ(call(2).decision().settings_version(), 2u);
}

TEST_F(factory_test, an_error_of_the_directory_is_answered_and_the_factory_goes_on) {
  start();
  disk->commits.push_back({fail(ec::no_space)});  // the directory's: a new person
  EXPECT_EQ(give({call_item(1, "red")})->failed.code, ec::no_space);
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(count(keys::kind::ledger), 0u);
  EXPECT_TRUE(give({call_item(1, "red")})->value);
  EXPECT_EQ(ledger(), lines{"it-in/7/1 logged"});
}

TEST_F(factory_test, a_directory_that_is_gone_is_answered_and_the_factory_goes_on) {
  start();
  caf::anon_send_exit(directory_of_all, caf::exit_reason::kill);
  run();
  EXPECT_EQ(give({call_item(1, "red")})->failed.code, ec::cancelled);
  EXPECT_TRUE(give({quarantined_item(2, "b")})->value);
}

TEST_F(factory_test, a_disk_that_cannot_be_read_is_answered_and_the_factory_goes_on) {
  start();
  disk->reads.push_back(fail(ec::store_io));
  EXPECT_EQ(give({quarantined_item(1, "a")})->failed.code, ec::store_io);
  EXPECT_FALSE(death->dead);
  EXPECT_TRUE(give({quarantined_item(1, "a")})->value);
}

TEST_F(factory_test, one_sender_of_two_mails_in_a_round_becomes_one_person) {
  start();
  EXPECT_TRUE(give({call_item(1, "red"), call_item(2, "blue")})->value);
  EXPECT_EQ(call(1).user().person(), call(2).user().person());
  EXPECT_EQ(call(1).decision().people_case(), record::v1::UNKNOWN_SENDER);
  EXPECT_EQ(call(2).decision().people_case(), record::v1::USER_ONLY);
}

TEST_F(factory_test, answers_those_who_waited_for_a_start_that_failed) {
  disk->reads.push_back(fail(ec::corrupt_record));
  pool.held = true;
  start();
  auto early = give({quarantined_item(1, "a")});
  EXPECT_TRUE(early->pending());
  work();
  EXPECT_EQ(early->failed.code, ec::corrupt_record);
  EXPECT_EQ(death->reason.code, ec::corrupt_record);
  EXPECT_EQ(healthy, 0);
}

TEST_F(factory_test, mails_that_come_before_it_has_read_its_numbers_wait) {
  pool.held = true;
  start();
  auto early = give({quarantined_item(1, "a")});
  EXPECT_EQ(pool.jobs.size(), 1u);
  work();
  EXPECT_TRUE(early->value);
}

TEST_F(factory_test, gives_an_id_for_a_large_mail_to_one_mail_only_whatever_dies) {
  start();
  auto first = ask<mail_reserved>(life, reserve_mail{});
  auto second = ask<mail_reserved>(life, reserve_mail{});
  ASSERT_TRUE(first->value && second->value);
  EXPECT_EQ(first->value->id.value, 1u);
  EXPECT_EQ(second->value->id.value, 2u);
  caf::anon_send_exit(life, caf::exit_reason::kill);
  run();
  start();
  EXPECT_EQ(ask<mail_reserved>(life, reserve_mail{})->value->id.value, 3u);
  EXPECT_TRUE(give({quarantined_item(1, "a")})->value);
  EXPECT_EQ(all<record::v1::Mail>(keys::kind::mail).at(0).id(), 4u);
}

TEST_F(factory_test, gives_an_id_between_two_rounds_however_many_wait) {
  start();
  pool.held = true;
  auto first = give({quarantined_item(1, "a")});
  auto second = give({quarantined_item(2, "b")});
  auto reserved = ask<mail_reserved>(life, reserve_mail{});
  auto again = ask<mail_reserved>(life, reserve_mail{});
  EXPECT_FALSE(reserved->value) << "the round's job owns the numbers";
  work();
  ASSERT_TRUE(first->value && second->value && reserved->value && again->value);
  EXPECT_EQ(reserved->value->id.value, 2u) << "before the second round";
  EXPECT_EQ(all<record::v1::Mail>(keys::kind::mail).at(1).id(), 3u);
  EXPECT_EQ(again->value->id.value, 4u) << "after it: rounds and ids take turns";
}

TEST_F(factory_test, a_request_for_an_id_is_answered_when_the_factory_dies) {
  start();
  pool.held = true;
  auto round = give({quarantined_item(1, "a")});
  auto reserved = ask<mail_reserved>(life, reserve_mail{});
  disk->commits.push_back({fail(ec::store_io)});
  work();
  EXPECT_NE(reserved->failed.code, ec::none);
}

TEST_F(factory_test, drain_commits_what_it_was_given_and_goes) {
  start();
  pool.held = true;
  auto first = give({quarantined_item(1, "a")});
  auto second = give({quarantined_item(2, "b")});
  drain_now(life);
  EXPECT_FALSE(death->dead);
  work();
  EXPECT_TRUE(first->value && second->value);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(factory_test, goes_when_its_supervisor_goes) {
  start();
  caf::anon_send_exit(boss, caf::exit_reason::kill);
  run();
  EXPECT_TRUE(death->in_peace);
}

}  // namespace
}  // namespace postroom::actors::test

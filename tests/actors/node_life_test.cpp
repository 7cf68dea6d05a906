#include "tests/actors/node_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(node_test, a_removed_partition_is_drained_and_its_data_stays) {
  start();
  apply({part("IT"), part("HR")});
  server("HR-in").add(raw_mail("red"));
  server("HR-in").announce();
  run();
  relay->answer();
  run();
  apply({part("IT")}, true);
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(server("HR-in").log.back(), "close");
  EXPECT_EQ(connects["IT-in"], 1);
  unit = *engine->open("partition-HR");
  EXPECT_EQ(ledger(), lines{"HR-in/7/1 logged"});
  apply({part("HR")});
  EXPECT_EQ(running(), (lines{"HR running", "IT running"}));
  EXPECT_EQ(ledger().size(), 1u);
}

TEST_F(node_test, a_partition_that_is_back_before_it_was_drained_runs_again) {
  start();
  apply({part("IT")});
  server("IT-in").hold["close"] = true;
  apply({}, true);
  apply({part("IT")});
  EXPECT_EQ(running(), lines{"IT draining"});
  server("IT-in").hold["close"] = false;
  ASSERT_TRUE(server("IT-in").release("close"));
  advance(duration{100});
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(connects["IT-in"], 2);
}

TEST_F(node_test, people_of_the_configuration_are_known_before_the_first_mail_is_decided) {
  servers["IT-in"] = std::make_shared<fake_mailbox>();
  server("IT-in").add(raw_mail("red"));
  start();
  apply({part("IT")});
  auto call = record<record::v1::Call>(keys::call(call_number{1}));
  EXPECT_EQ(call.logging_analyst().name(), "Ana Lyst");
}

TEST_F(node_test, runs_what_it_was_told_before_after_a_restart) {
  start();
  apply({part("IT")});
  caf::anon_send_exit(life, caf::exit_reason::kill);
  advance(duration{100});
  start();
  EXPECT_EQ(running(), lines{"IT running"});
  EXPECT_EQ(connects["IT-in"], 2);
}

TEST_F(node_test, drain_ends_everything_in_order) {
  start();
  apply({part("IT"), part("HR")});
  server("IT-in").hold["close"] = true;
  drain_now(life);
  EXPECT_EQ(server("HR-in").log.back(), "close");
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(running(), (lines{"HR stopped", "IT draining"}));
  ASSERT_TRUE(server("IT-in").release("close"));
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, drain_of_a_node_without_partitions_is_over_at_once) {
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, a_change_during_the_drain_starts_no_partition) {
  start();
  apply({part("IT")});
  server("IT-in").hold["close"] = true;
  drain_now(life);
  apply({part("HR")});
  EXPECT_EQ(running(), lines{"IT draining"});
  ASSERT_TRUE(server("IT-in").release("close"));
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(node_test, stored_settings_that_do_not_parse_are_reported) {
  storage::write_batch bad;
  bad.put(keys::settings(1), "\xff\xff");
  ASSERT_TRUE(settings_store->commit(settings_owner, std::move(bad)));
  EXPECT_EQ(load_settings(*settings_store).code(), ec::corrupt_record);
}

}  // namespace
}  // namespace postroom::actors::test

#include "tests/actors/fake_scanner.hpp"
#include "tests/actors/supervisor_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(supervisor_test, mails_of_all_mailboxes_become_calls_that_are_acknowledged) {
  one().add(raw_mail("red"));
  two().add(raw_mail("blue", "udo@example.com"));
  start();
  EXPECT_EQ(partition_state(), "running");
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-two/7/1 logged"}));
  EXPECT_EQ(relay->all, (lines{"una@example.com", "udo@example.com"}));
  EXPECT_EQ(units->all().count("IT"), 1u);
}

TEST_F(supervisor_test, a_mailbox_that_never_signs_in_is_tried_after_doubling_pauses) {
  one().failures["open"].assign(8, fail(ec::unreachable));
  start();
  advance(duration{180'000}, duration{50});
  auto got = pauses("it-in");  // the lower ends: random is 0
  std::vector<int64_t> wanted{1000, 2000, 4000, 8000, 16'000, 30'000, 30'000, 30'000};
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(near(got[i], wanted[i])) << got[i];
  EXPECT_EQ(status("it-in").state(), "idle");
  EXPECT_EQ(status("it-in").restarts(), 8u);
}

TEST_F(supervisor_test, the_pauses_of_a_mailbox_that_did_its_job_begin_short) {
  start();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(one().break_off("wait", fail(ec::connection_lost)));
    advance(duration{3'000});
  }
  auto got = pauses("it-in");
  ASSERT_EQ(got.size(), 4u);
  std::vector<int64_t> minimum{250, 500, 1000, 2000};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_GE(got[i], minimum[i]);
  EXPECT_TRUE(near(got[0], 250)) << got[0];
}

TEST_F(supervisor_test, the_pauses_begin_anew_after_ten_healthy_minutes) {
  start();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(one().break_off("wait", fail(ec::connection_lost)));
    advance(duration{3'000});
  }
  advance_minutes(11);
  auto broke = now;
  ASSERT_TRUE(one().break_off("wait", fail(ec::connection_lost)));
  advance(duration{3'000});
  EXPECT_TRUE(near((connected["it-in"].back() - broke).count(), 250));
}

TEST_F(supervisor_test, a_refused_sign_in_is_parked_and_tried_every_quarter_of_an_hour) {
  one().failures["open"].assign(2, fail(ec::auth_refused, "NO"));
  start();
  advance(duration{1000});
  EXPECT_EQ(status("it-in").state(), "parked");
  EXPECT_EQ(status("it-in").last_error(), "auth_refused: NO");
  EXPECT_EQ(status("it-in").next_try_at(), to_millis(noon + duration{15 * 60'000}));
  advance_minutes(14);
  EXPECT_EQ(connected["it-in"].size(), 1u);
  advance_minutes(2);
  EXPECT_EQ(connected["it-in"].size(), 2u);
  advance_minutes(15);
  EXPECT_EQ(status("it-in").state(), "idle");
}

TEST_F(supervisor_test, a_mailbox_that_dies_leaves_its_siblings_alone) {
  one().failures["open"].assign(1000, fail(ec::unreachable));
  start();
  advance_minutes(5);
  EXPECT_GT(connected["it-in"].size(), 5u);
  EXPECT_EQ(connected["it-two"].size(), 1u);
  EXPECT_EQ(senders, 1);
  two().add(raw_mail("blue"));
  two().announce();
  run();
  EXPECT_EQ(ledger(), lines{"it-two/7/1 logged"});
}

TEST_F(supervisor_test, a_mail_that_ends_each_connection_stops_no_other_mail) {
  for (const char* text : {"red", "black", "green"}) one().add(raw_mail(text));
  one().deadly = {2};
  start();
  advance(duration{60'000}, duration{50});
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/3 logged"}));
  EXPECT_EQ(status("it-in").state(), "idle");
  one().deadly.clear();
  advance_minutes(15);
  one().announce();
  run();
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 logged"}));
}

TEST_F(supervisor_test, new_settings_of_a_parked_mailbox_are_tried_at_once) {
  one().failures["open"].push_back(fail(ec::auth_refused));
  start();
  config.mutable_incoming(0)->set_password("env:OTHER");
  use(config);
  EXPECT_EQ(connected["it-in"].size(), 2u);
  EXPECT_EQ(status("it-in").state(), "idle");
  advance_minutes(16);  // the timer of the parked life must not count
  EXPECT_EQ(connected["it-in"].size(), 2u);
}

TEST_F(supervisor_test, the_timer_of_an_earlier_life_starts_nobody) {
  one().failures["open"].assign(2, fail(ec::auth_refused));
  start();
  advance_minutes(10);
  config.mutable_incoming(0)->set_password("env:OTHER");
  use(config);  // refused again: parked until minute 25
  advance_minutes(14);
  EXPECT_EQ(connected["it-in"].size(), 2u);
  advance_minutes(2);
  EXPECT_EQ(connected["it-in"].size(), 3u);
}

TEST_F(supervisor_test, only_the_server_whose_settings_changed_is_restarted) {
  start();
  config.mutable_incoming(1)->set_host("other.example.org");
  config.mutable_templates(0)->set_default_subject("none");
  use(config);
  EXPECT_EQ(connected["it-in"].size(), 1u);
  EXPECT_EQ(connected["it-two"].size(), 2u);
  EXPECT_EQ(two().log.at(0), "open");
  EXPECT_TRUE(std::count(two().log.begin(), two().log.end(), "close"));
  EXPECT_EQ(senders, 1);
  config.mutable_outgoing(0)->set_host("relay.example.org");
  use(config);
  EXPECT_EQ(senders, 2);
  EXPECT_EQ(connected["it-in"].size(), 1u);
}

TEST_F(supervisor_test, another_scanner_restarts_the_mailboxes_which_then_ask_it) {
  auto clamd = std::make_shared<fake_clamd>();
  std::vector<std::string> made;
  context->make_scanner = [&](const partition_id&, const partitions::scan_settings& s) {
    made.push_back(s.scanner.host);
    return std::make_shared<fake_scanner>(clamd);
  };
  start();
  config.mutable_scanning()->set_clamd("tcp:one:3310");
  use(config);
  EXPECT_EQ(connected["it-in"].size(), 2u);
  EXPECT_EQ(connected["it-two"].size(), 2u);
  EXPECT_EQ(made, (lines{"one", "one", "one"})) << "two mailboxes and the factory";
  one().add(raw_mail("VIRUS"));
  one().announce();
  run();
  EXPECT_EQ(ledger(), lines{"it-in/7/1 quarantined:infected"});
}

TEST_F(supervisor_test, new_rules_count_at_once_and_restart_nobody) {
  start();
  config.mutable_templates(0)->set_impact("High");
  use(config);
  one().add(raw_mail("red"));
  one().announce();
  run();
  EXPECT_EQ(all<record::v1::Call>(keys::kind::call).at(0).impact(), "High");
  EXPECT_EQ(connected["it-in"].size(), 1u);
}

TEST_F(supervisor_test, a_removed_or_deactivated_server_is_drained_and_gone) {
  start();
  auto less = config;
  less.mutable_incoming(1)->set_active(false);
  use(less);
  EXPECT_EQ(two().log.back(), "close");
  EXPECT_EQ(status("it-two").name(), "");
  EXPECT_EQ(status("it-in").state(), "idle");
  use(config);
  EXPECT_EQ(connected["it-two"].size(), 2u);
  EXPECT_EQ(status("it-two").state(), "idle");
}

TEST_F(supervisor_test, a_server_removed_between_two_lives_is_not_started_again) {
  two().failures["open"].push_back(fail(ec::unreachable));
  start();
  config.mutable_incoming()->RemoveLast();
  use(config);
  EXPECT_EQ(status("it-two").name(), "");
  advance_minutes(2);
  EXPECT_EQ(connected["it-two"].size(), 1u);
}

TEST_F(supervisor_test, a_server_that_is_back_before_it_was_drained_is_started_again) {
  two().hold["close"] = true;
  start();
  auto less = config;
  less.mutable_incoming()->RemoveLast();
  use(less);
  use(config);
  two().hold["close"] = false;
  ASSERT_TRUE(two().release("close"));
  run();
  EXPECT_EQ(connected["it-two"].size(), 2u);
  EXPECT_EQ(status("it-two").state(), "idle");
}

TEST_F(supervisor_test, a_factory_that_dies_is_started_anew_and_gets_the_same_mails) {
  one().add(raw_mail("red"));
  start();
  for (bool lands : {false, true}) {
    one().add(raw_mail(lands ? "blue" : "green"));
    disk->commits.push_back({fail(ec::store_io), lands});  // the factory's: una is known already
    one().announce();
    run();
    EXPECT_TRUE(disk->commits.empty());
    advance(duration{10'000});
  }
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 logged", "it-in/7/3 logged"}));
  EXPECT_EQ(count(keys::kind::call), 3u);
  EXPECT_EQ(connected["it-in"].size(), 1u);
  EXPECT_EQ(relay->all.size(), 3u) << "also the one whose commit failed but landed";
}

TEST_F(supervisor_test, a_large_mail_survives_the_death_of_its_factory_whole) {
  config.mutable_incoming(0)->set_max_mail_size("1MiB");
  start();
  std::string large(3u << 20, 'x');
  disk->commits.push_back({fail(ec::store_io)});
  one().add(large);
  one().announce();
  run();
  two().add(raw_mail("blue"));
  two().announce();
  advance(duration{20'000});
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 quarantined:mail_too_large", "it-two/7/1 logged"}));
  auto q = all<record::v1::QuarantineEntry>(keys::kind::quarantine);
  ASSERT_EQ(q.size(), 1u);
  std::string kept;
  ASSERT_TRUE(unit->scan(
      keys::raw_of(mail_id{q[0].mail()}),
      [&](std::string_view, std::string_view v) { return kept += v, true; }, false));
  EXPECT_EQ(kept, large);
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

TEST_F(supervisor_test, a_sender_that_dies_is_started_anew_and_sends_what_lies_there) {
  one().add(raw_mail("red"));
  start();
  channels::send_report down;
  down.code = ec::unreachable;
  down.server_wide = true;
  relay->answer(down);
  run();
  EXPECT_EQ(board->snapshot().partitions(0).sender().state(), "waiting");
  advance(duration{3'000});
  EXPECT_EQ(senders, 2);
  EXPECT_EQ(relay->all, (lines{"una@example.com", "una@example.com"}));
  relay->answer();
  one().add(raw_mail("blue"));
  one().announce();
  run();
  EXPECT_EQ(relay->all.size(), 3u) << "the factory must nudge the new sender";
}

TEST_F(supervisor_test, a_drain_stops_mailboxes_then_the_factory_then_the_sender) {
  one().hold["close"] = true;
  one().add(raw_mail("red"));
  start();
  ASSERT_EQ(relay->sent.size(), 1u);
  drain_now(life);
  EXPECT_EQ(partition_state(), "draining");
  EXPECT_EQ(two().log.back(), "close");
  EXPECT_FALSE(death->dead);
  relay->answer();
  run();
  EXPECT_EQ(relay->closed, 0u) << "the sender must outlive the mailboxes";
  ASSERT_TRUE(one().release("close"));
  run();
  EXPECT_EQ(relay->closed, 1u);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(partition_state(), "stopped");
  EXPECT_TRUE(units->all().empty());
}

TEST_F(supervisor_test, a_drain_is_over_at_its_limits_when_everything_hangs) {
  one().hold["close"] = two().hold["close"] = true;
  one().add(raw_mail("red"));
  start();
  drain_now(life);
  advance(duration{10'100});
  EXPECT_FALSE(death->dead);  // the sender has a mail in hand
  advance(duration{5'100});
  EXPECT_TRUE(death->in_peace);
}

TEST_F(supervisor_test, a_drain_starts_nobody_anew) {
  one().failures["open"].push_back(fail(ec::unreachable));
  start();
  two().hold["close"] = true;
  drain_now(life);
  advance(duration{5'000});
  EXPECT_EQ(connected["it-in"].size(), 1u);
  EXPECT_FALSE(death->dead);
}

TEST_F(supervisor_test, a_store_that_cannot_be_opened_is_tried_again) {
  disk->opens.assign(3, fail(ec::store_io));
  start();
  EXPECT_EQ(partition_state(), "store failed");
  EXPECT_TRUE(connected.empty());
  advance(duration{10'000});
  EXPECT_EQ(partition_state(), "running");
  EXPECT_EQ(connected["it-in"].size(), 1u);
}

TEST_F(supervisor_test, a_drain_before_the_store_is_open_is_over_at_once) {
  disk->opens.assign(3, fail(ec::store_io));
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  advance(duration{10'000});
  EXPECT_TRUE(connected.empty());
}

TEST_F(supervisor_test, a_new_owner_of_the_unit_keeps_the_old_one_from_writing) {
  one().add(raw_mail("red"));
  start();
  ASSERT_TRUE(unit->claim());
  one().add(raw_mail("blue"));
  one().announce();
  run();
  EXPECT_EQ(ledger(), lines{"it-in/7/1 logged"});
}

TEST_F(supervisor_test, goes_with_all_its_children_when_the_node_goes) {
  start();
  caf::anon_send_exit(boss, caf::exit_reason::kill);
  run();
  EXPECT_TRUE(death->dead);
  EXPECT_EQ(one().held_count("wait"), 0u);
}

}  // namespace
}  // namespace postroom::actors::test

#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(poller_test, start_from_now_skips_what_was_there_and_stores_that) {
  in().set_start_from("now");
  mails(5);
  start();
  EXPECT_TRUE(calls("fetch").empty());
  EXPECT_EQ(cursor().baseline_count(), 5u);
  EXPECT_EQ(cursor().baseline_uid(), 5u);
  EXPECT_EQ(cursor().last_uid(), 5u);
  EXPECT_EQ(cursor().start_from(), "now");
  EXPECT_EQ(cursor().started_at(), to_millis(now));
  mails(1);
  server->announce();
  run();
  EXPECT_EQ(book->uids(), list{6});
}

TEST_F(poller_test, what_arrived_while_nobody_was_there_is_no_part_of_the_start) {
  in().set_start_from("now");
  mails(3);
  start();
  restart();
  mails(2);
  restart();
  EXPECT_EQ(book->uids(), (list{4, 5}));
  EXPECT_EQ(cursor().baseline_count(), 3u);
}

TEST_F(poller_test, start_from_now_skips_one_by_one_where_the_server_tells_no_uidnext) {
  in().set_start_from("now");
  server->tells_uid_next = false;
  mails(2);
  start();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start | ");
  EXPECT_NE(cursor().started_at(), 0);
  mails(1);
  server->announce();
  run();
  EXPECT_EQ(book->offered.back()->items.at(0).what, mail_item::kind::call);
  EXPECT_EQ(book->uids(), (list{1, 2, 3}));
}

TEST_F(poller_test, pop3_start_from_now_enters_each_mail_that_was_there_before_it_begins) {
  in().set_start_from("now");
  use_pop3();
  mails(3);
  start();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start 3:before_start | ");
  EXPECT_TRUE(calls("fetch").empty());
  EXPECT_NE(cursor().started_at(), 0);
  mails(1);
  advance_minutes(1);
  EXPECT_EQ(book->uids(), (list{1, 2, 3, 4}));
  EXPECT_EQ(calls("fetch"), lines{"fetch 4"});
}

TEST_F(poller_test, pop3_start_from_now_killed_in_the_middle_goes_on_skipping) {
  in().set_start_from("now");
  use_pop3();
  mails(300);  // more than one hand-over holds
  book->hold = true;
  start();
  book->answer();
  run();
  EXPECT_EQ(book->offered.at(0)->items.size(), 256u);
  EXPECT_EQ(cursor().started_at(), 0);
  book->offers.clear();
  book->hold = false;
  restart();
  EXPECT_EQ(book->offered.at(0)->items.size(), 44u);
  EXPECT_EQ(book->offered.at(0)->items.at(0).reason, "before_start");
  EXPECT_TRUE(calls("fetch").empty());
  EXPECT_NE(cursor().started_at(), 0);
}

TEST_F(poller_test, start_from_all_takes_every_mail) {
  mails(4);
  start();
  EXPECT_EQ(book->uids(), one_to(4));
  EXPECT_EQ(cursor().baseline_count(), 0u);
  EXPECT_EQ(cursor().last_uid(), 4u);
}

TEST_F(poller_test, start_from_a_date_goes_by_the_servers_date_of_arrival) {
  in().set_start_from("2026-11-23");
  auto midnight = noon - duration{12 * 3'600'000};
  mails(1, midnight - duration{1});
  mails(1, midnight);
  mails(1);
  start();
  EXPECT_EQ(book->text(), "1:before_start | 2 3");
  EXPECT_EQ(calls("fetch"), lines{"fetch 2,3"});
}

TEST_F(poller_test, pop3_start_from_a_date_goes_by_the_date_header) {
  in().set_start_from("2026-11-24");
  use_pop3();
  mails(1);
  start();
  EXPECT_EQ(book->text(), "1:before_start");
}

TEST_F(poller_test, pop3_with_all_new_uidls_brings_back_no_mail_from_before_the_start) {
  in().set_start_from("now");
  use_pop3();
  mails(2);  // dated an hour before noon
  now = noon + duration{48 * 3'600'000};
  start();
  auto fresh = raw_mail("fresh");
  fresh.replace(fresh.find("23 Nov"), 6, "25 Nov");
  server->add(fresh);
  server->renumber();
  book->offered.clear();
  advance_minutes(1);
  EXPECT_EQ(calls("fetch"), lines{"fetch 1,2,3"}) << "only their Date tells";
  EXPECT_EQ(book->text(), "1:before_start 2:before_start 3");
  EXPECT_EQ(cursor().baseline_date(), to_millis(noon + duration{48 * 3'600'000}));
}

TEST_F(poller_test, skips_no_more_mails_at_once_than_its_window_holds) {
  in().set_start_from("2026-11-23");
  in().set_window_count(8);
  mails(100, noon - duration{86'400'000});
  book->hold = true;
  start();
  EXPECT_EQ(book->offered.size(), 1u);
  EXPECT_LE(book->offered.at(0)->items.size(), 8u);
  book->hold = false;
  book->answer();
  run();
  EXPECT_EQ(book->uids(), one_to(100));
  for (const auto& b : book->offered) EXPECT_LE(b->items.size(), 8u);
}

TEST_F(poller_test, a_new_uid_validity_logs_no_mail_from_before_the_start) {
  in().set_start_from("now");
  server->uid_next = 100;
  mails(2, noon - duration{86'400'000});
  start();
  advance(duration{1000});
  mails(1, now);
  server->announce();
  run();
  server->renumber();
  restart();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start | 3");  // the third is found as a copy
  EXPECT_EQ(cursor().uid_validity(), 8u);
  EXPECT_EQ(cursor().last_uid(), 3u);
  EXPECT_EQ(cursor().earlier_validities(0), 7u);
}

TEST_F(poller_test, a_new_uid_validity_during_one_life_begins_with_the_first_uid) {
  in().set_max_messages_per_session(2);
  mails(2);
  server->hold["close"] = true;
  start();
  EXPECT_EQ(book->uids(), (list{1, 2}));
  server->renumber();
  server->hold["close"] = false;
  ASSERT_TRUE(server->release("close"));
  advance(duration{50});
  EXPECT_EQ(book->uids(), (list{1, 2, 1, 2}));
  EXPECT_EQ(book->offered.back()->items.at(0).key.uid_validity(), 8u);
}

TEST_F(poller_test, a_mailbox_state_that_does_not_parse_parks_the_mailbox) {
  storage::write_batch bad;
  bad.put(keys::mailbox(mailbox_id{"it-in"}), "\xff\xff");
  ASSERT_TRUE(unit->commit(owner, std::move(bad)));
  start();
  EXPECT_TRUE(death->dead);
  EXPECT_EQ(death->reason.code, ec::corrupt_record);
  EXPECT_EQ(connects, 0);
}

// --- a mailbox that has not changed while nobody was there (RFC 7162) ---

TEST_F(poller_test, lists_no_mailbox_whole_whose_highestmodseq_is_that_of_the_last_comparison) {
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  server->highest_modseq = 1;
  mails(3);
  start();
  EXPECT_EQ(calls("list"), (lines{"list 0", "list 0"})) << "what is new, then the comparison";
  restart();
  EXPECT_EQ(calls("list"), lines{"list 3"});
  EXPECT_EQ(status().server_messages(), 3u);
  EXPECT_EQ(status().reconciled_at(), to_millis(now));
  advance_minutes(6 * 60 + 1);
  server->announce();
  run();
  EXPECT_FALSE(calls("list 0").empty()) << "compared all the same, four times a day";
}

TEST_F(poller_test, lists_a_mailbox_whole_again_that_has_changed_since) {
  server->highest_modseq = 1;
  mails(3);
  start();
  mails(1);
  restart();
  EXPECT_EQ(calls("list"), (lines{"list 3", "list 0"}));
}

TEST_F(poller_test, lists_a_mailbox_whole_again_whose_server_kept_a_mail_back) {
  server->highest_modseq = 1;
  mails(2);
  server->refused.insert(1);
  start();
  server->refused.clear();
  restart();
  EXPECT_FALSE(calls("list 0").empty());
  EXPECT_EQ(book->uids(), list{1});
}

TEST_F(poller_test, lists_a_mailbox_whole_again_after_a_change_of_uid_validity) {
  server->highest_modseq = 1;
  mails(2);
  start();
  server->renumber();
  restart();
  EXPECT_FALSE(calls("list 0").empty());
}

}  // namespace
}  // namespace postroom::actors::test

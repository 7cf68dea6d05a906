#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(poller_test, never_asks_for_more_mails_than_its_window) {
  in().set_window_count(4);
  mails(10);
  book->hold = true;
  start();
  EXPECT_EQ(calls("fetch"), lines{"fetch 1,2,3,4"});
  advance(duration{30'000});
  EXPECT_EQ(calls("fetch").size(), 1u);
  book->answer();
  run();
  EXPECT_EQ(calls("fetch"), (lines{"fetch 1,2,3,4", "fetch 5,6,7,8"}));
  book->hold = false;
  book->answer();
  run();
  EXPECT_EQ(book->uids(), one_to(10));
}

TEST_F(poller_test, never_asks_for_more_bytes_than_its_window_but_for_one_mail_alone) {
  in().set_window_size("1KiB");
  server->add(raw_mail("a") + std::string(400, 'x'));
  server->add(raw_mail("b") + std::string(400, 'x'));
  server->add(raw_mail("c") + std::string(5000, 'x'));
  server->add(raw_mail("d"));
  book->hold = true;
  start();
  EXPECT_EQ(calls("fetch"), lines{"fetch 1"});
  for (const char* next : {"fetch 2", "fetch 3", "fetch 4"}) {
    book->answer();
    run();
    EXPECT_EQ(calls("fetch").back(), next);
  }
}

TEST_F(poller_test, asks_for_many_mails_in_several_pipelined_groups) {
  mails(150);
  server->hold["fetch"] = true;
  start();
  EXPECT_EQ(server->held_count("fetch"), 3u);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(server->release("fetch"));
  run();
  EXPECT_EQ(book->uids(), one_to(150));
}

TEST_F(poller_test, lists_a_large_mailbox_page_by_page) {
  mails(2500);
  start();
  EXPECT_EQ(book->uids(), one_to(2500));
  EXPECT_EQ(calls("list").size(), 3u + 3u);  // found, then compared as a whole
  EXPECT_EQ(calls("list").at(1), "list 1000");
}

TEST_F(poller_test, hands_over_in_the_servers_order_although_mails_become_ready_out_of_order) {
  mails(128);
  parse_pool.held = true;
  start();
  ASSERT_EQ(parse_pool.jobs.size(), 2u);
  parse_pool.run(1);
  run();
  EXPECT_TRUE(book->offered.empty());
  parse_pool.run(0);
  run();
  EXPECT_EQ(book->uids(), one_to(128));
}

TEST_F(poller_test, keeps_all_pollers_of_a_partition_within_their_budget) {
  budget = std::make_shared<byte_budget>(1);  // every mail is larger: one at a time
  mails(2);
  std::shared_ptr<byte_budget::lease> other;
  budget->acquire(1, [&](auto l) { other = std::move(l); });
  start();
  EXPECT_TRUE(calls("fetch").empty());
  other.reset();
  run();
  EXPECT_EQ(calls("fetch"), lines{"fetch 1,2"});
  EXPECT_EQ(book->uids(), one_to(2));
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(poller_test, gives_the_budget_back_when_it_dies_with_mails_in_hand) {
  mails(2);
  book->hold = true;
  start();
  EXPECT_GT(budget->used(), 0u);
  caf::anon_send_exit(life, caf::exit_reason::kill);
  run();
  book->offers.clear();
  book->offered.clear();
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(poller_test, a_mail_removed_before_it_was_read_is_entered_as_vanished) {
  mails(3);
  server->hold["fetch"] = true;
  start();
  server->remove(2);
  server->hold["fetch"] = false;
  ASSERT_TRUE(server->release("fetch"));
  run();
  EXPECT_EQ(book->text(), "1 2:vanished 3");
}

TEST_F(poller_test, a_mail_the_server_will_not_give_is_asked_for_again_later_and_stops_nobody) {
  mails(3);
  server->refused.insert(2);
  start();
  EXPECT_EQ(book->uids(), (list{1, 3}));
  EXPECT_FALSE(death->dead);
  advance_minutes(1);
  server->announce();
  run();
  EXPECT_EQ(calls("fetch").size(), 2u) << "once at first, once by the comparison at the start";
  server->refused.clear();
  advance_minutes(5);
  server->announce();
  run();
  EXPECT_EQ(book->uids(), (list{1, 3, 2}));
  EXPECT_EQ(cursor().last_uid(), 3u);
}

TEST_F(poller_test, a_mail_the_server_will_not_give_is_not_asked_for_with_each_poll) {
  mails(1);
  server->refused.insert(1);
  start();
  for (int i = 0; i < 4; ++i) {
    advance_minutes(1);
    server->announce();
    run();
  }
  EXPECT_EQ(calls("fetch").size(), 2u) << "once at first, once by the comparison at the start";
}

TEST_F(poller_test, a_garbage_mail_is_quarantined_and_the_mailbox_goes_on) {
  mails(1);
  server->add(std::string(50, '\0'));
  mails(1);
  start();
  EXPECT_EQ(book->text(), "1 2:mail_unparsable 3");
}

TEST_F(poller_test, tries_again_when_a_pool_is_full) {
  mails(2);
  parse_pool.full = true;
  start();
  EXPECT_TRUE(book->offered.empty());
  advance(duration{200});
  EXPECT_TRUE(book->offered.empty());
  parse_pool.full = false;
  advance(duration{100});
  EXPECT_EQ(book->uids(), one_to(2));
}

TEST_F(poller_test, closes_and_connects_anew_after_the_configured_number_of_mails) {
  in().set_max_messages_per_session(3);
  mails(7);
  start();
  advance(duration{50});
  EXPECT_EQ(book->uids(), one_to(7));
  EXPECT_EQ(calls("fetch"), (lines{"fetch 1,2,3", "fetch 4,5,6", "fetch 7"}));
  EXPECT_EQ(connects, 3);
  EXPECT_EQ(calls("close").size(), 2u);
  EXPECT_FALSE(death->dead);
}

TEST_F(poller_test, mails_that_come_back_without_an_outcome_are_found_by_the_next_full_comparison) {
  mails(5);
  start();
  auto back = server->mails.at(1);
  storage::write_batch lost;
  auto key = book->offered.at(0)->items.at(1).key;
  lost.erase(keys::ledger(key));
  ASSERT_TRUE(unit->commit(owner, std::move(lost)));
  book->offered.clear();
  server->announce();
  run();
  EXPECT_TRUE(book->uids().empty());  // below the cursor
  advance(duration{6 * 3'600'000}, duration{60'000});
  server->announce();
  run();
  EXPECT_EQ(book->uids(), list{2});
  EXPECT_EQ(cursor().last_uid(), 5u);
}

TEST_F(poller_test, news_lead_to_a_list_of_what_lies_above_the_cursor_only) {
  mails(3);
  start();
  server->log.clear();
  mails(2);
  server->announce();
  run();
  EXPECT_EQ(server->log, (lines{"list 3", "fetch 4,5", "wait"}));
}

TEST_F(poller_test, looks_every_poll_interval_where_the_server_cannot_announce) {
  server->can_wait = false;
  in().set_poll_interval("30s");
  start();
  mails(1);
  advance(duration{29'000});
  EXPECT_TRUE(book->uids().empty());
  advance(duration{2'000});
  EXPECT_EQ(book->uids(), list{1});
}

}  // namespace
}  // namespace postroom::actors::test

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

TEST_F(poller_test, a_large_mail_the_server_will_not_give_stops_nobody_either) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(2u << 20, 'x'));
  mails(1);
  server->failures["pieces"].assign(2, fail(ec::server_busy));
  start();
  EXPECT_EQ(book->uids(), list{2});
  EXPECT_FALSE(death->dead);
  advance_minutes(6);
  server->announce();
  run();
  EXPECT_EQ(book->uids(), (list{2, 1}));
}

TEST_F(poller_test, pieces_of_a_mail_that_broke_off_are_cleared_away) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(4u << 20, 'x'));
  server->break_pieces_at = 2u << 20;
  start();
  EXPECT_TRUE(book->uids().empty());
  EXPECT_EQ(count(keys::kind::raw), 0u);
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

TEST_F(poller_test, pieces_of_a_mail_whose_connection_broke_are_cleared_away) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(4u << 20, 'x'));
  server->break_pieces_at = 2u << 20;
  server->break_pieces_with = ec::connection_lost;
  start();
  EXPECT_EQ(calls("piece ").size(), 2u);
  EXPECT_EQ(death->reason.code, ec::connection_lost);
  EXPECT_EQ(count(keys::kind::raw), 0u);
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

/// A large mail beside a small one that the server keeps back, until the connection breaks.
struct broken_large_test : poller_test {
  broken_large_test() {
    in().set_max_mail_size("1MiB");
    server->hold["fetch"] = true;
  }
  void add_large() { server->add(std::string(2u << 20, 'x')); }
  void break_connection() {
    ASSERT_TRUE(server->break_off("fetch", fail(ec::connection_lost)));
    run();
    ASSERT_TRUE(death->dead);
  }
};

TEST_F(broken_large_test, pieces_that_were_not_handed_over_are_cleared_away) {
  mails(1);
  add_large();
  start();
  EXPECT_EQ(count(keys::kind::raw), 2u);
  EXPECT_TRUE(book->offered.empty()) << "the mail before it is not here yet";
  break_connection();
  EXPECT_EQ(count(keys::kind::raw), 0u);
  EXPECT_EQ(count(keys::kind::staging), 0u);
}

TEST_F(broken_large_test, pieces_that_were_handed_over_are_left_to_the_factory) {
  add_large();
  mails(1);
  book->hold = true;
  start();
  EXPECT_EQ(book->uids(), list{1});
  break_connection();
  EXPECT_EQ(count(keys::kind::raw), 2u) << "they may be on disk for good by now";
}

TEST_F(broken_large_test, a_piece_that_comes_behind_the_clearing_keeps_its_marker) {
  mails(1);
  add_large();
  server->hold["pieces"] = true;
  start();
  store_pool.held = true;
  ASSERT_TRUE(server->release("pieces"));
  run();
  store_pool.run();
  run();
  ASSERT_EQ(store_pool.jobs.size(), 1u) << "the second piece";
  break_connection();
  ASSERT_EQ(store_pool.jobs.size(), 2u);
  store_pool.run(1);
  store_pool.run(0);
  EXPECT_EQ(count(keys::kind::raw), 1u);
  ASSERT_TRUE(ingest::load(*unit, owner));
  EXPECT_EQ(count(keys::kind::raw), 0u);
}

TEST_F(poller_test, a_mail_over_the_limit_goes_into_the_store_in_pieces) {
  in().set_max_mail_size("1MiB");
  mails(1);
  std::string large(5u << 19, 'x');  // 2.5 MiB
  server->add(large);
  mails(1);
  book->next_id = 40;
  start();
  EXPECT_EQ(book->uids(), one_to(3));
  EXPECT_EQ(calls("fetch"), (lines{"fetch 1", "fetch 3"}));
  EXPECT_EQ(calls("piece "), (lines{"piece 0", "piece 1", "piece 2"}));
  const mail_item* item = nullptr;
  for (const auto& b : book->offered)
    for (const auto& i : b->items)
      if (i.listed.uid == 2) item = &i;
  ASSERT_TRUE(item);
  EXPECT_EQ(item->reason, "mail_too_large");
  EXPECT_EQ(item->staged.value, 40u);
  EXPECT_EQ(item->staged_chunks, 3u);
  EXPECT_EQ(item->bytes(), large.size());
  EXPECT_EQ(item->content_hash, sha256{}.update(large).finish());
  EXPECT_EQ(count(keys::kind::raw), 3u);
  EXPECT_TRUE(unit->get(keys::staging(mail_id{40})).value());
}

TEST_F(poller_test, a_mail_that_turns_out_too_large_goes_by_pieces_while_others_wait_for_it) {
  server->channel_limit = 1000;
  mails(1);
  server->add(raw_mail("big") + std::string(2000, 'x'));
  mails(1);
  server->hold["pieces"] = true;
  start();
  EXPECT_EQ(book->uids(), list{1});
  server->hold["pieces"] = false;
  ASSERT_TRUE(server->release("pieces"));
  run();
  EXPECT_EQ(book->text(), "1 | 2:mail_too_large 3");
}

TEST_F(poller_test, the_next_piece_waits_until_the_last_one_is_in_the_store) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(3u << 20, 'x'));
  server->hold["pieces"] = true;
  start();
  store_pool.held = true;
  ASSERT_TRUE(server->release("pieces"));
  run();
  EXPECT_EQ(calls("piece ").size(), 1u);
  store_pool.run();
  run();
  EXPECT_EQ(calls("piece ").size(), 2u);
  store_pool.release();
  run();
  EXPECT_EQ(book->uids(), list{1});
}

TEST_F(poller_test, asks_again_for_an_id_while_the_factory_is_in_the_middle_of_a_round) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(2u << 20, 'x'));
  book->busy_for = 3;
  start();
  EXPECT_TRUE(calls("pieces").empty());
  advance(duration{100});
  EXPECT_EQ(book->uids(), list{1});
}

TEST_F(poller_test, asks_a_new_factory_once_although_it_was_about_to_ask_the_old_one_again) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(2u << 20, 'x'));
  server->hold["pieces"] = true;
  book->busy_for = 1;
  start();
  auto other = std::make_shared<fake_factory>();
  other->store = unit;
  other->owner = owner;
  caf::anon_send(life, use_factory{adopt(fake_factory::start(sys, other))});
  advance(duration{100});
  EXPECT_EQ(other->next_id, 2u);
  EXPECT_EQ(calls("pieces").size(), 1u);
}

TEST_F(poller_test, a_large_mail_that_vanishes_is_entered_as_vanished) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(2u << 20, 'x'));
  server->hold["pieces"] = true;
  start();
  server->remove(1);
  ASSERT_TRUE(server->release("pieces"));
  run();
  EXPECT_EQ(book->text(), "1:vanished");
}

TEST_F(poller_test, begins_anew_when_a_new_factory_has_cleared_its_staged_mail_away) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(2u << 20, 'x'));
  book->refusals.push_back(fail(ec::store_io));
  start();
  EXPECT_EQ(book->uids(), list{1});
  EXPECT_FALSE(death->dead);
  caf::anon_send(life, use_factory{factory});
  run();
  EXPECT_TRUE(death->dead);
  EXPECT_EQ(death->reason.code, ec::cancelled);
  EXPECT_EQ(book->uids(), list{1});
}

TEST_F(poller_test, begins_anew_when_the_factory_changes_in_the_middle_of_a_large_mail) {
  in().set_max_mail_size("1MiB");
  server->add(std::string(3u << 20, 'x'));
  server->hold["pieces"] = true;
  start();
  caf::anon_send(life, use_factory{factory});
  run();
  EXPECT_TRUE(death->dead);
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

#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

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
  ASSERT_TRUE(ingest::load(*unit, owner, context->random));
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

}  // namespace
}  // namespace postroom::actors::test

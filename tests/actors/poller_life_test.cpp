#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

// --- what the server is told, and when ---

TEST_F(poller_test, tells_the_server_nothing_before_the_mails_are_on_disk) {
  in().set_after_commit("mark_seen");
  mails(2);
  book->hold = true;
  start();
  advance(duration{5'000});
  EXPECT_TRUE(calls("settle").empty());
  book->answer();
  run();
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 seen"});
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

TEST_F(poller_test, tells_the_server_nothing_when_the_factory_refuses) {
  in().set_after_commit("delete");
  mails(2);
  book->refusals = {fail(ec::store_io), fail(ec::store_io)};
  start();
  EXPECT_TRUE(calls("settle").empty());
  EXPECT_EQ(server->mails.size(), 2u);
  EXPECT_FALSE(death->dead);
  advance(duration{10'000});
  EXPECT_EQ(book->offered.size(), 3u);
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 remove"});
  EXPECT_TRUE(server->mails.empty());
}

TEST_F(poller_test, moves_to_the_configured_folder) {
  in().set_after_commit("move");
  in().set_move_to("Done");
  mails(1);
  start();
  EXPECT_EQ(calls("settle"), lines{"settle 1 move Done"});
}

TEST_F(poller_test, leave_tells_the_server_nothing_and_remembers_nothing) {
  mails(1);
  start();
  EXPECT_FALSE(book->offered.at(0)->remember_action);
  EXPECT_TRUE(calls("settle").empty());
}

TEST_F(poller_test, repeats_the_action_that_a_crash_left_open) {
  in().set_after_commit("mark_seen");
  mails(2);
  server->hold["settle"] = true;
  start();
  EXPECT_EQ(count(keys::kind::pending_action), 2u);
  server->hold["settle"] = false;
  restart();
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 seen"});
  EXPECT_TRUE(book->uids().empty());
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

TEST_F(poller_test, pop3_removes_at_quit_and_forgets_the_action_only_then) {
  in().set_after_commit("delete");
  use_pop3();
  mails(2);
  server->hold["close"] = true;
  start();
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 remove"});
  EXPECT_EQ(count(keys::kind::pending_action), 2u);
  EXPECT_EQ(server->mails.size(), 2u);
  ASSERT_TRUE(server->release("close"));
  run();
  EXPECT_TRUE(server->mails.empty());
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

TEST_F(poller_test, pop3_repeats_a_removal_that_never_reached_its_quit) {
  in().set_after_commit("delete");
  use_pop3();
  mails(2);
  server->hold["close"] = true;
  start();
  server->hold["close"] = false;
  restart();
  EXPECT_TRUE(book->uids().empty());
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 remove"});
  EXPECT_TRUE(server->mails.empty());
}

TEST_F(poller_test, settles_many_mails_in_commands_of_five_hundred) {
  in().set_after_commit("mark_seen");
  in().set_window_count(700);
  mails(700);
  server->hold["settle"] = true;
  start();
  EXPECT_EQ(server->held_count("settle"), 1u);
  server->hold["settle"] = false;
  ASSERT_TRUE(server->release("settle"));
  run();
  for (const auto& c : calls("settle")) EXPECT_LE(std::count(c.begin(), c.end(), ','), 499);
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

TEST_F(poller_test, a_refused_action_keeps_no_new_mail_waiting_and_is_tried_again_later) {
  in().set_after_commit("mark_seen");
  mails(1);
  server->failures["settle"] = std::deque<error>(5, fail(ec::server_busy, "over quota"));
  start();
  mails(1);
  server->announce();
  run();
  EXPECT_EQ(book->uids(), (list{1, 2}));
  EXPECT_EQ(calls("settle").size(), 2u);
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(connects, 1);
  advance_minutes(16);
  server->announce();
  advance(duration{100});
  EXPECT_EQ(connects, 2) << "and is refused once more, both and each alone";
  EXPECT_EQ(calls("settle").size(), 5u);
  advance_minutes(16);
  server->announce();
  advance(duration{100});
  EXPECT_EQ(calls("settle").back(), "settle 1,2 seen");
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

// --- the factory fails, changes, hangs ---

TEST_F(poller_test, offers_the_same_mails_to_a_new_factory) {
  mails(2);
  book->hold = true;
  start();
  book->refusals.push_back(fail(ec::store_io));  // its last words
  book->answer();
  run();
  caf::anon_send_exit(factory, caf::exit_reason::kill);
  advance(duration{500});
  EXPECT_FALSE(death->dead);
  book->hold = false;
  factory = adopt(fake_factory::start(sys, book));
  caf::anon_send(life, use_factory{factory});
  advance(duration{6'000});
  EXPECT_EQ(book->uids(), (list{1, 2, 1, 2}));
  EXPECT_EQ(calls("fetch").size(), 1u);
  EXPECT_FALSE(death->dead);
}

TEST_F(poller_test, offers_at_once_to_a_new_factory_what_the_dead_one_left_unanswered) {
  mails(2);
  book->hold = true;
  start();
  caf::anon_send_exit(factory, caf::exit_reason::kill);
  run();
  book->hold = false;
  factory = adopt(fake_factory::start(sys, book));
  caf::anon_send(life, use_factory{factory});
  run();
  EXPECT_EQ(book->uids(), (list{1, 2, 1, 2}));
  EXPECT_EQ(cursor().last_uid(), 2u);
}

TEST_F(poller_test, a_late_answer_of_a_dead_factory_stands_for_no_newer_offer) {
  in().set_after_commit("mark_seen");
  mails(1);
  book->hold = true;
  start();
  auto other = std::make_shared<fake_factory>();
  other->store = unit;
  other->owner = owner;
  other->hold = true;
  caf::anon_send(life, use_factory{adopt(fake_factory::start(sys, other))});
  run();
  ASSERT_EQ(other->offers.size(), 1u);
  book->answer();
  run();
  EXPECT_TRUE(calls("settle").empty()) << "the living factory has not answered";
  other->answer();
  run();
  EXPECT_EQ(calls("settle"), lines{"settle 1 seen"});
}

TEST_F(poller_test, offers_mails_again_to_a_factory_that_never_answers) {
  mails(1);
  book->hold = true;
  start();
  advance(duration{59'000}, duration{100});
  EXPECT_EQ(book->offered.size(), 1u);
  advance(duration{5'000}, duration{100});
  EXPECT_EQ(book->offered.size(), 2u);
  EXPECT_FALSE(death->dead);
}

TEST_F(poller_test, waits_longer_after_each_refusal_up_to_five_seconds) {
  mails(1);
  book->refusals.assign(1000, fail(ec::no_space));
  start();
  advance(duration{60'000});
  EXPECT_GE(book->offered.size(), 60'000u / 5'000);
  EXPECT_LE(book->offered.size(), 60'000u / 2'500 + 10);
}

// --- life and death ---

TEST_F(poller_test, is_healthy_once_it_has_compared_its_mailbox_with_the_ledger) {
  server->hold["list"] = true;
  start();
  EXPECT_EQ(healthy, 0);
  server->hold["list"] = false;
  ASSERT_TRUE(server->release("list"));
  run();
  EXPECT_EQ(healthy, 1);
  mails(1);
  server->announce();
  run();
  EXPECT_EQ(healthy, 1);
}

TEST_F(poller_test, dies_with_the_channels_error_whichever_call_it_hits) {
  in().set_after_commit("mark_seen");
  for (const std::string name : {"open", "list", "fetch", "settle", "wait"}) {
    // What an action is refused for concerns that action alone.
    const auto code = name == "settle" ? ec::connection_lost : ec::auth_refused;
    server->failures[name].push_back(fail(code, name));
    mails(1);
    start();
    EXPECT_TRUE(death->dead) << name;
    EXPECT_EQ(death->reason.code, code) << name;
    EXPECT_EQ(death->reason.detail, name);
  }
}

TEST_F(poller_test, dies_of_a_connection_that_breaks_while_it_waits) {
  start();
  ASSERT_TRUE(server->break_off("wait", fail(ec::connection_lost)));
  run();
  EXPECT_EQ(death->reason.code, ec::connection_lost);
}

TEST_F(poller_test, dies_of_settings_that_make_no_channel) {
  refuse_channel = fail(ec::config_invalid, "no such secret");
  start();
  EXPECT_EQ(death->reason.code, ec::config_invalid);
}

TEST_F(poller_test, dies_of_a_disk_that_cannot_be_read) {
  disk->reads.push_back(fail(ec::store_io));
  start();
  EXPECT_EQ(death->reason.code, ec::store_io);
}

TEST_F(poller_test, goes_when_its_supervisor_goes) {
  start();
  caf::anon_send_exit(boss, caf::exit_reason::kill);
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(poller_test, shows_on_the_board_where_it_stands) {
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  mails(3);
  server->hold["open"] = true;
  start();
  EXPECT_EQ(status().state(), "connecting");
  server->hold["open"] = false;
  ASSERT_TRUE(server->release("open"));
  run();
  EXPECT_EQ(status().state(), "idle");
  EXPECT_EQ(status().server_messages(), 3u);
  EXPECT_EQ(status().server_without_outcome(), 0u);
  EXPECT_EQ(status().in_flight(), 0u);
  ASSERT_TRUE(server->break_off("wait", fail(ec::timeout, "no answer")));
  run();
  EXPECT_EQ(status().state(), "failed");
  EXPECT_EQ(status().last_error(), "timeout: no answer");
}

TEST_F(poller_test, shows_since_when_it_is_behind_until_it_is_no_longer) {
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  mails(3);
  server->hold["fetch"] = true;
  start();
  EXPECT_EQ(status().server_without_outcome(), 3u);
  EXPECT_NE(status().behind_since(), 0);
  server->hold["fetch"] = false;
  while (server->release("fetch")) run();
  EXPECT_EQ(status().state(), "idle");
  EXPECT_EQ(status().server_without_outcome(), 0u);
  EXPECT_EQ(status().behind_since(), 0) << "all have an outcome by now";
}

// --- drain ---

TEST_F(poller_test, drain_finishes_what_was_handed_over_and_closes) {
  in().set_after_commit("mark_seen");
  in().set_window_count(2);
  mails(4);
  book->hold = true;
  start();
  drain_now(life);
  EXPECT_FALSE(death->dead);
  EXPECT_TRUE(calls("close").empty());
  book->answer();
  run();
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(calls("fetch"), lines{"fetch 1,2"});
  EXPECT_EQ(calls("settle"), lines{"settle 1,2 seen"});
  EXPECT_EQ(server->log.back(), "close");
  EXPECT_EQ(count(keys::kind::pending_action), 0u);
}

TEST_F(poller_test, drain_leaves_on_the_server_what_was_not_handed_over) {
  in().set_after_commit("delete");
  mails(2);
  server->hold["fetch"] = true;
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(server->mails.size(), 2u);
  EXPECT_TRUE(book->offered.empty());
}

TEST_F(poller_test, drain_is_done_at_once_while_it_waits_for_news_or_for_the_next_poll) {
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(server->log.back(), "close");
  use_pop3();
  start();
  EXPECT_EQ(server->log.back(), "close");
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(poller_test, a_drain_during_sign_in_closes_and_connects_no_more) {
  server->hold["open"] = true;
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(connects, 1);
}

TEST_F(poller_test, a_refusal_during_a_drain_is_not_offered_again) {
  in().set_after_commit("delete");
  mails(1);
  book->hold = true;
  start();
  drain_now(life);
  book->refusals.push_back(fail(ec::cancelled));
  book->answer();
  advance(duration{5'000});
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(book->offered.size(), 1u);
  EXPECT_EQ(server->mails.size(), 1u);
}

TEST_F(poller_test, a_server_that_hangs_at_the_close_holds_the_drain_up_for_ten_seconds_at_most) {
  server->hold["close"] = true;
  start();
  drain_now(life);
  advance(duration{9'900});
  EXPECT_FALSE(death->dead);
  advance(duration{200});
  EXPECT_TRUE(death->in_peace);
}

TEST_F(poller_test, a_factory_that_hangs_holds_the_drain_up_for_ten_seconds_at_most) {
  mails(1);
  book->hold = true;
  start();
  drain_now(life);
  advance(duration{9'900});
  EXPECT_FALSE(death->dead);
  advance(duration{200});
  EXPECT_TRUE(death->in_peace);
}

TEST_F(poller_test, a_channel_that_breaks_during_a_drain_is_no_failure) {
  in().set_after_commit("mark_seen");
  mails(1);
  server->hold["settle"] = true;
  start();
  drain_now(life);
  ASSERT_TRUE(server->break_off("settle", fail(ec::connection_lost)));
  run();
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(count(keys::kind::pending_action), 1u);
}

}  // namespace
}  // namespace postroom::actors::test

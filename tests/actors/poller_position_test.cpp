// Mailboxes whose server remembers how far a listing came: Microsoft Graph and EWS.
#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

struct poller_position_test : poller_test {
  poller_position_test() {
    in().set_protocol("GRAPH");
    server->positions = true;
    server->can_wait = false;
  }
  /// The ids of all that was offered, in order: "id-1 id-2".
  [[nodiscard]] std::string ids() const {
    std::string out;
    for (const auto& b : book->offered)
      for (const auto& item : b->items) out += (out.empty() ? "" : " ") + item.key.uidl();
    return out;
  }
};

TEST_F(poller_position_test, lists_everything_once_and_then_what_is_new) {
  mails(3);
  start();
  EXPECT_EQ(calls("list"), lines{"list 0"});
  EXPECT_EQ(cursor().position(), "3");
  EXPECT_EQ(cursor().protocol(), "GRAPH");
  mails(2);
  advance_minutes(1);
  EXPECT_EQ(calls("list"), (lines{"list 0", "list 3"}));
  EXPECT_EQ(ids(), "id-1 id-2 id-3 id-4 id-5");
  EXPECT_EQ(cursor().position(), "5");
}

TEST_F(poller_position_test, goes_on_after_a_restart_from_the_stored_position) {
  mails(2);
  start();
  restart();
  mails(1);
  restart();
  EXPECT_EQ(calls("resume"), lines{"resume 2"});
  EXPECT_EQ(calls("list"), lines{"list 1"}) << "not all of it";
  EXPECT_EQ(ids(), "id-3");
}

TEST_F(poller_position_test, passes_no_mail_that_has_no_outcome_yet) {
  mails(300);  // more than one hand-over holds
  book->hold = true;
  start();
  book->answer();
  run();
  const auto on_disk = book->offered.at(0)->items.size();
  ASSERT_LT(on_disk, 300u);
  EXPECT_EQ(cursor().position(), "") << "some of the listed mails are not on disk";
  book->offers.clear();
  book->hold = false;
  restart();
  EXPECT_EQ(calls("resume"), lines{});
  EXPECT_EQ(book->uids().size(), 300u - on_disk);
  EXPECT_EQ(cursor().position(), "300");
}

TEST_F(poller_position_test,
       compares_everything_with_the_ledger_when_the_server_lost_the_position) {
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  mails(2);
  start();
  mails(1);
  server->position_lost = true;
  advance_minutes(1);
  EXPECT_EQ(calls("list"), (lines{"list 0", "list 2", "list 0"}));
  EXPECT_EQ(ids(), "id-1 id-2 id-3");
  EXPECT_EQ(cursor().position(), "3");
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(status().server_messages(), 3u);
}

TEST_F(poller_position_test, a_server_that_loses_the_position_again_and_again_gets_a_rest) {
  mails(1'500);  // more than a page
  server->loses_positions = true;
  start();
  EXPECT_EQ(calls("list"), (lines{"list 0", "list 1000", "list 0", "list 2000"}));
  EXPECT_TRUE(death->dead);
  EXPECT_EQ(death->reason.code, ec::position_lost) << "the supervisor's pauses grow";
  server->loses_positions = false;
  restart();
  EXPECT_EQ(book->uids().size(), 500u);
  EXPECT_EQ(cursor().position(), "1500");
}

TEST_F(poller_position_test, a_mailbox_at_rest_costs_no_commit_with_each_poll) {
  mails(1);
  start();
  const auto before = book->offered.size();
  for (int i = 0; i < 30; ++i) advance_minutes(1);
  EXPECT_GE(calls("list").size(), 30u);
  EXPECT_EQ(book->offered.size(), before);
}

TEST_F(poller_position_test, start_from_now_enters_what_was_there_and_fetches_none_of_it) {
  in().set_start_from("now");
  mails(3);
  start();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start 3:before_start | ");
  EXPECT_TRUE(calls("fetch").empty());
  mails(1);
  advance_minutes(1);
  EXPECT_EQ(calls("fetch"), lines{"fetch 4"});
}

TEST_F(poller_position_test, a_mail_the_server_kept_back_is_found_again) {
  mails(2);
  server->refused = {1};
  start();
  EXPECT_EQ(ids(), "id-2");
  server->refused.clear();
  for (int i = 0; i < 6; ++i) advance_minutes(1);
  EXPECT_EQ(ids(), "id-2 id-1");
  EXPECT_EQ(calls("list 0").size(), 2u) << "the first listing, and one comparison";
}

TEST_F(poller_position_test, a_mail_that_is_kept_back_costs_no_listing_of_all_with_each_poll) {
  in().set_max_messages_per_session(2);
  admin::v1::PartitionStatus part;
  part.set_id("IT");
  board->set_partition(part);
  mails(1);
  server->refused = {1};
  start();
  const auto commits = book->offered.size();
  for (int i = 0; i < 4; ++i) advance_minutes(1);
  EXPECT_EQ(calls("list 0").size(), 1u);
  EXPECT_EQ(calls("fetch"), lines{"fetch 1"}) << "it is postponed";
  EXPECT_EQ(status().server_without_outcome(), 1u) << "one mail, however often it is listed";
  EXPECT_EQ(book->offered.size(), commits);
  mails(3);  // and the session is full
  for (int i = 0; i < 3; ++i) advance_minutes(1);
  EXPECT_EQ(ids(), "id-2 id-3 id-4");
  EXPECT_EQ(cursor().position(), "") << "the mail is listed again by the next session";
}

TEST_F(poller_position_test, a_mail_that_is_never_handed_out_goes_to_the_quarantine_in_the_end) {
  in().set_after_commit("delete");
  mails(2);
  server->refused = {1};
  start();
  advance_minutes(3 * 24 * 60);
  advance_minutes(1);
  restart();
  mails(1);
  advance_minutes(1);
  EXPECT_EQ(cursor().kept_back_size(), 1) << "and since when, over a restart";
  EXPECT_EQ(cursor().position(), "");
  for (int i = 0; i < 30; ++i) advance_minutes(60);
  EXPECT_EQ(ids(), "id-3 id-1");
  EXPECT_NE(book->text().find(":server_busy"), std::string::npos) << book->text();
  EXPECT_EQ(cursor().kept_back_size(), 0);
  EXPECT_NE(cursor().position(), "") << "what lies behind it is not listed again";
  ASSERT_EQ(server->mails.size(), 1u) << "nobody has read it: it stays there";
  EXPECT_EQ(server->mails.front().listed.uid, 1u);
}

TEST_F(poller_position_test, no_mail_is_given_up_while_the_server_hands_out_none) {
  mails(1);
  server->refused = {1};
  start();
  for (int i = 0; i < 20; ++i) advance_minutes(6 * 60);
  EXPECT_EQ(ids(), "");
}

TEST_F(poller_position_test, a_mail_the_server_kept_back_is_listed_again_after_a_restart) {
  mails(3);
  server->refused = {2};
  start();
  EXPECT_EQ(ids(), "id-1 id-3");
  EXPECT_EQ(cursor().position(), "") << "it lies before what is listed next";
  server->refused.clear();
  restart();
  EXPECT_EQ(ids(), "id-2");
  EXPECT_EQ(cursor().position(), "3");
}

TEST_F(poller_position_test, what_comes_during_the_first_listing_is_no_part_of_the_start) {
  in().set_start_from("now");
  mails(2, now - std::chrono::hours{1});
  mails(1, now + std::chrono::seconds{1});
  start();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start | 3 | ");
}

TEST_F(poller_position_test, an_action_cut_short_is_repeated_by_the_mails_id) {
  in().set_after_commit("delete");
  mails(2);
  server->hold["settle"] = true;
  start();
  EXPECT_EQ(count(storage::keys::kind::pending_action), 2u);
  server->hold["settle"] = false;
  restart();
  EXPECT_TRUE(server->mails.empty());
  EXPECT_TRUE(book->uids().empty());
  EXPECT_EQ(count(storage::keys::kind::pending_action), 0u);
}

TEST_F(poller_position_test, a_mail_that_comes_neither_whole_nor_in_pieces_stops_no_mailbox) {
  mails(1);
  server->channel_limit = 1;
  server->failures["pieces"] = {fail(ec::mail_too_large, "over the service's limit")};
  start();
  ASSERT_EQ(book->uids(), list{1});
  const auto& item = book->offered.at(0)->items.at(0);
  EXPECT_EQ(item.what, mail_item::kind::quarantine);
  EXPECT_EQ(item.reason, "mail_too_large");
  EXPECT_FALSE(death->dead);
}

TEST_F(poller_position_test, an_action_that_is_not_allowed_keeps_no_mail_from_becoming_a_call) {
  in().set_after_commit("mark_seen");
  mails(1);
  server->failures["settle"] = {fail(ec::oauth_consent_missing), fail(ec::protocol_violation)};
  start();
  mails(1);
  advance_minutes(1);
  EXPECT_EQ(ids(), "id-1 id-2");
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(count(storage::keys::kind::pending_action), 2u);
}

TEST_F(poller_position_test, one_mail_whose_action_is_refused_keeps_no_other_from_its_own) {
  in().set_after_commit("delete");
  mails(9);
  server->stuck = {4};
  start();
  ASSERT_EQ(server->mails.size(), 1u);
  EXPECT_EQ(server->mails.front().listed.uid, 4u);
  EXPECT_EQ(count(storage::keys::kind::pending_action), 1u);
  EXPECT_FALSE(death->dead);
  server->stuck.clear();
  for (int i = 0; i < 17; ++i) advance_minutes(1);
  EXPECT_TRUE(server->mails.empty());
  EXPECT_EQ(count(storage::keys::kind::pending_action), 0u);
}

TEST_F(poller_position_test, a_server_that_refuses_every_action_is_asked_for_few) {
  in().set_after_commit("delete");
  mails(100);
  for (uint64_t uid = 1; uid <= 100; ++uid) server->stuck.insert(uid);
  start();
  EXPECT_LE(calls("settle").size(), 20u);
  EXPECT_EQ(count(storage::keys::kind::pending_action), 100u);
}

TEST_F(poller_position_test, another_protocol_begins_without_the_actions_of_the_one_before) {
  in().set_after_commit("delete");
  mails(1);
  server->hold["settle"] = true;
  start();
  EXPECT_EQ(count(storage::keys::kind::pending_action), 1u);
  in().set_protocol("EWS");
  server->hold["settle"] = false;
  server->mails.front().listed.uidl = "another name";
  restart();
  EXPECT_EQ(count(storage::keys::kind::pending_action), 0u);
  EXPECT_EQ(calls("settle"), lines{"settle 1 remove"}) << "as the mail is called now";
  EXPECT_TRUE(server->mails.empty());
}

TEST_F(poller_position_test, a_switch_from_imap_keeps_the_start_and_asks_for_what_is_in_no_ledger) {
  in().set_protocol("IMAP");
  in().set_start_from("now");
  server->positions = false;
  const auto early = now - std::chrono::hours{1};
  mails(2, early);
  start();
  mails(1, now);
  restart();
  EXPECT_EQ(book->uids(), list{3});
  in().set_protocol("GRAPH");
  server->positions = true;
  for (auto& m : server->mails) m.listed.uidl = "id-" + std::to_string(m.listed.uid);
  mails(1, now);
  restart();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start | 3 4");
  EXPECT_EQ(calls("fetch"), lines{"fetch 3,4"});
  EXPECT_EQ(cursor().protocol(), "GRAPH");
  EXPECT_EQ(cursor().uid_validity(), 0u);
}

}  // namespace
}  // namespace postroom::actors::test

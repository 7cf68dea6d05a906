// Mailboxes that are found at another place than before: the settings of a live server changed.
#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

using server_settings = config::v1::IncomingServer;

struct poller_place_test : poller_test {
  poller_place_test() {
    in().set_start_from("now");
    in().set_protocol("GRAPH");
    in().clear_host();
    in().clear_login();
    in().set_user("it@example.org");
    in().set_oauth("tenant");
    server->positions = true;
    server->can_wait = false;
  }
  void use_imap() {
    in().set_protocol("IMAP");
    in().set_host("mail.example.org");
    in().set_login("it@example.org");
    server->positions = false;
  }
  /// Other mails lie at the new place, under names of their own.
  void other_mails(int n, const std::string& id, time_point arrived) {
    for (int i = 0; i < n; ++i) {
      server->add(raw_mail(id + std::to_string(i)), arrived);
      if (!server->mails.back().listed.uidl.empty())
        server->mails.back().listed.uidl = id + std::to_string(i);
    }
  }
  /// What was offered: "id-1:before_start id-2".
  [[nodiscard]] std::string names() const {
    std::string out;
    for (const auto& b : book->offered)
      for (const auto& item : b->items)
        out += (out.empty() ? "" : " ") + item.key.uidl() +
               (item.reason.empty() ? "" : ":" + item.reason);
    return out;
  }
};

constexpr duration an_hour{3'600'000};

TEST_F(poller_place_test, another_folder_or_mailbox_begins_now_and_from_the_first_mail) {
  mails(2, now - an_hour);
  start();
  struct row {
    const char* what;
    void (*change)(server_settings&);
  };
  for (const auto& r : {
           row{"folder", [](server_settings& s) { s.set_mailbox("Second"); }},
           row{"user", [](server_settings& s) { s.set_user("other@example.org"); }},
           row{"service and user",
               [](server_settings& s) {
                 s.set_url("https://graph.example.org/v1.0");
                 s.set_user("second@example.org");
               }},
       }) {
    server->mails.clear();
    now += 100 * an_hour;
    other_mails(2, r.what, now - an_hour);  // after the first start, and yet none of ours
    other_mails(1, std::string("new ") + r.what, now);
    r.change(in());
    restart();
    EXPECT_EQ(calls("resume"), lines{}) << r.what;
    const std::string what = r.what;
    EXPECT_EQ(names(), what + "0:before_start " + what + "1:before_start new " + what + "0");
    restart();
    EXPECT_EQ(calls("resume").size(), 1u) << "the new position counts; " << r.what;
    EXPECT_EQ(names(), "") << r.what;
  }
}

TEST_F(poller_place_test, another_service_shows_the_same_mailbox_and_what_came_meanwhile) {
  mails(2, now - an_hour);
  start();
  now += 100 * an_hour;
  mails(1, now - 50 * an_hour);
  in().set_url("https://graph.example.org/v1.0");
  restart();
  EXPECT_EQ(calls("resume"), lines{});
  EXPECT_EQ(names(), "id-3") << "the ledger knows the others by their ids";
  server->mails.clear();
  other_mails(1, "old", now - 200 * an_hour);
  other_mails(1, "young", now - 50 * an_hour);
  in().clear_url();
  restart();
  EXPECT_EQ(names(), "old0:before_start young0") << "and the ids changed with it";
}

TEST_F(poller_place_test, a_place_written_in_another_way_is_the_same_place) {
  mails(1, now);
  start();
  in().set_user("IT@Example.org");
  in().set_mailbox("inbox");
  restart();
  EXPECT_EQ(calls("resume"), lines{"resume 1"});
}

TEST_F(poller_place_test, a_record_from_before_places_were_kept_is_of_the_place_of_now) {
  mails(1, now);
  start();
  auto old = cursor();
  old.clear_place();
  storage::write_batch batch;
  batch.put(keys::mailbox(mailbox_id{"it-in"}), old.SerializeAsString());
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  restart();
  EXPECT_EQ(calls("resume"), lines{"resume 1"});
  EXPECT_EQ(names(), "");
  EXPECT_EQ(cursor().place().account(), "it@example.org");
  EXPECT_EQ(cursor().earlier_validities_size(), 0);
}

TEST_F(poller_place_test, another_place_begins_without_the_actions_of_the_one_before) {
  in().set_after_commit("delete");
  mails(1, now);
  server->hold["settle"] = true;
  start();
  EXPECT_EQ(count(storage::keys::kind::pending_action), 1u);
  in().set_mailbox("Second");
  server->mails.clear();
  server->hold["settle"] = false;
  restart();
  EXPECT_EQ(count(storage::keys::kind::pending_action), 0u);
  EXPECT_EQ(calls("settle"), lines{});
}

// Gmail gives each INBOX the UIDVALIDITY 1.
TEST_F(poller_place_test, imap_mails_with_the_same_uids_by_chance_are_not_lost) {
  use_imap();
  mails(3, now - an_hour);
  start();
  for (const bool other_host : {true, false}) {
    now += 10 * an_hour;
    server->mails.clear();
    server->uid_next = 1;
    other_mails(2, other_host ? "host" : "folder", now);
    other_host ? in().set_host("imap.example.net") : in().set_mailbox("Second");
    restart();
    EXPECT_EQ(book->uids(), (list{1, 2})) << other_host;
    restart();
    EXPECT_EQ(book->uids(), list{}) << other_host;
  }
  server->renumber();
  restart();
  EXPECT_EQ(book->uids(), (list{1, 2})) << "UIDVALIDITY still counts";
}

TEST_F(poller_place_test, an_imap_folder_holds_mails_from_before_it_was_ours) {
  use_imap();
  mails(3, now - an_hour);
  start();
  now += 10 * an_hour;
  server->mails.clear();
  server->uid_next = 1;
  other_mails(2, "old", now - an_hour);
  other_mails(1, "new", now);
  in().set_login("other@example.org");
  restart();
  EXPECT_EQ(book->text(), "1:before_start 2:before_start | 3");
}

TEST_F(poller_place_test, another_port_of_a_host_is_the_same_place) {
  use_imap();
  mails(1, now - an_hour);
  start();
  in().set_port(1993);
  restart();
  EXPECT_EQ(calls("list 0").size(), 1u) << "the comparison alone";
  EXPECT_EQ(cursor().earlier_validities_size(), 0);
}

TEST_F(poller_place_test, an_imap_host_of_another_name_that_tells_the_same_time_is_the_same_place) {
  use_imap();
  server->uid_validity = 1'764'520'000;
  mails(2, now - an_hour);
  start();
  now += 10 * an_hour;
  mails(1, now);
  in().set_host("imap.example.net");
  restart();
  EXPECT_EQ(book->uids(), list{3});
  EXPECT_EQ(cursor().place().service(), "imap.example.net");
  EXPECT_EQ(cursor().earlier_validities_size(), 0);
}

TEST_F(poller_place_test, a_pop3_account_with_the_same_uidls_by_chance_loses_no_mail) {
  use_imap();
  use_pop3();
  mails(2);
  start();
  now += 72 * an_hour;
  server->mails.clear();
  server->uid_next = 1;
  server->add(raw_mail("long ago"));
  auto fresh = raw_mail("fresh");
  fresh.replace(fresh.find("23 Nov"), 6, "26 Nov");
  server->add(fresh);
  in().set_login("other@example.org");
  restart();
  EXPECT_EQ(names(), "uidl-1:before_start uidl-2");
}

TEST_F(poller_place_test, a_lost_position_with_new_names_logs_no_mail_from_before_the_start) {
  mails(2, now - an_hour);
  start();
  now += 10 * an_hour;
  server->mails.clear();
  other_mails(2, "old", now - 20 * an_hour);
  other_mails(1, "new", now);
  server->position_lost = true;
  advance_minutes(1);
  EXPECT_EQ(names(),
            "id-1:before_start id-2:before_start old0:before_start old1:before_start new0");
}

}  // namespace
}  // namespace postroom::actors::test

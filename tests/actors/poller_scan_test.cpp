#include "tests/actors/fake_scanner.hpp"
#include "tests/actors/poller_fixture.hpp"

namespace postroom::actors::test {
namespace {

struct poller_scan_test : poller_test {
  poller_scan_test() {
    scanning().set_clamd("tcp:127.0.0.1:3310");
    admin::v1::PartitionStatus part;
    part.set_id("IT");
    board->set_partition(part);
    context->make_scanner = [this](const auto&, const auto&) {
      return std::make_shared<fake_scanner>(clamd);
    };
  }
  ~poller_scan_test() override { stop_all(); }
  config::v1::Scanning& scanning() { return *config.mutable_scanning(); }
  void mail(const std::string& name) { server->add(raw_mail(name)); }
  /// All that was handed over, in however many batches: "1 2:infected".
  [[nodiscard]] std::string handed_over() const {
    std::string out;
    for (const auto& b : book->offered)
      for (const auto& i : b->items)
        out += (out.empty() ? "" : " ") + std::to_string(i.listed.uid) +
               (i.reason.empty() ? "" : ":" + i.reason);
    return out;
  }
  const mail_item& item(std::size_t n) const {
    std::vector<const mail_item*> all_items;
    for (const auto& b : book->offered)
      for (const auto& i : b->items) all_items.push_back(&i);
    return *all_items.at(n);
  }

  fake_clamd::ptr clamd = std::make_shared<fake_clamd>();
};

TEST_F(poller_scan_test, every_mail_is_scanned_once_and_says_that_it_is_clean) {
  mails(3);
  start();
  EXPECT_EQ(handed_over(), "1 2 3");
  EXPECT_EQ(clamd->asked, 3u);
  EXPECT_EQ(item(2).scan.what, scan_result::state::clean);
}

TEST_F(poller_scan_test, without_a_scanner_nothing_is_scanned) {
  scanning().clear_clamd();
  mails(2);
  start();
  EXPECT_EQ(book->uids(), one_to(2));
  EXPECT_EQ(clamd->asked, 0u);
  EXPECT_EQ(item(0).scan.what, scan_result::state::not_asked);
}

TEST_F(poller_scan_test, an_infected_mail_goes_to_the_quarantine_with_the_signatures_name) {
  mail("fine");
  mail("VIRUS");
  mail("good");
  start();
  EXPECT_EQ(handed_over(), "1 2:infected 3");
  EXPECT_EQ(item(1).what, mail_item::kind::quarantine);
  EXPECT_EQ(item(1).detail, "Test-Signature");
  EXPECT_TRUE(item(1).raw) << "it is kept";
}

TEST_F(poller_scan_test, an_infected_mail_may_be_taken_with_a_tag) {
  scanning().set_infected("tag");
  mail("VIRUS");
  start();
  EXPECT_EQ(handed_over(), "1");
  EXPECT_EQ(item(0).what, mail_item::kind::call);
  EXPECT_EQ(item(0).scan.what, scan_result::state::infected);
  EXPECT_EQ(item(0).scan.detail, "Test-Signature");
}

TEST_F(poller_scan_test, mails_are_handed_over_in_the_servers_order_although_verdicts_are_not) {
  mails(4);
  clamd->hold = true;
  start();
  ASSERT_EQ(clamd->held.size(), 4u);
  for (int i = 0; i < 3; ++i) clamd->answer_newest();
  run();
  EXPECT_TRUE(book->offered.empty());
  clamd->answer_newest();
  run();
  EXPECT_EQ(book->uids(), one_to(4));
}

TEST_F(poller_scan_test, asks_about_four_mails_at_once_and_no_more) {
  mails(10);
  clamd->hold = true;
  start();
  EXPECT_EQ(clamd->held.size(), 4u);
  clamd->answer_newest();
  run();
  EXPECT_EQ(clamd->held.size(), 4u);
  clamd->hold = false;
  while (!clamd->held.empty()) {
    clamd->answer_newest();
    run();
  }
  EXPECT_EQ(book->uids(), one_to(10));
}

TEST_F(poller_scan_test, a_mail_over_the_limit_is_taken_unscanned_and_says_so) {
  scanning().set_max_size("1KiB");
  server->add(raw_mail("long") + std::string(2'000, 'x'));
  start();
  EXPECT_EQ(clamd->asked, 0u);
  EXPECT_EQ(item(0).scan.what, scan_result::state::unscanned);
  EXPECT_NE(item(0).scan.detail.find("the limit is 1024"), std::string::npos)
      << item(0).scan.detail;
}

TEST_F(poller_scan_test, a_mail_over_the_scanners_own_limit_is_taken_unscanned_and_says_so) {
  mail("LARGE");
  start();
  EXPECT_EQ(handed_over(), "1");
  EXPECT_EQ(item(0).scan.what, scan_result::state::unscanned);
}

TEST_F(poller_scan_test, a_mail_that_goes_to_the_quarantine_anyway_is_not_scanned) {
  server->add("Subject: nobody\r\n\r\nVIRUS\r\n");
  start();
  EXPECT_EQ(handed_over(), "1:mail_without_sender");
  EXPECT_EQ(clamd->asked, 0u);
}

// --- the scanner is away, `unreachable: wait` ---

TEST_F(poller_scan_test, mails_wait_for_a_scanner_that_is_away_and_none_is_lost) {
  mails(3);
  clamd->down = fail(ec::unreachable, "refused");
  start();
  advance_minutes(30);
  EXPECT_TRUE(book->offered.empty());
  EXPECT_FALSE(death->dead);
  EXPECT_TRUE(calls("settle").empty());
  EXPECT_EQ(calls("fetch").size(), 1u) << "they stay in the window";
  EXPECT_EQ(clamd->pinged, 0u) << "nothing of it is a mail's doing";
  clamd->down.code = ec::none;
  advance_minutes(2);
  EXPECT_EQ(handed_over(), "1 2 3");
  EXPECT_EQ(cursor().last_uid(), 3u);
}

TEST_F(poller_scan_test, the_status_says_why_mails_wait_and_forgets_it_once_they_go_on) {
  mails(1);
  clamd->down = fail(ec::unreachable, "refused");
  start();
  EXPECT_EQ(status().state(), "waiting");
  EXPECT_EQ(status().last_error(), "virus scanner: unreachable: refused");
  EXPECT_GT(status().next_try_at(), to_millis(now));
  clamd->down.code = ec::none;
  advance_minutes(2);
  EXPECT_EQ(status().last_error(), "");
  EXPECT_EQ(status().state(), "idle");
}

TEST_F(poller_scan_test, a_refused_action_is_still_told_when_the_scanner_is_well_again) {
  in().set_after_commit("mark_seen");
  server->failures["settle"] = {fail(ec::server_busy, "over quota")};
  mails(1);
  start();
  const auto refused = status().last_error();
  ASSERT_NE(refused.find("over quota"), std::string::npos) << refused;
  clamd->down = fail(ec::unreachable, "refused");
  mail("second");
  server->announce();
  advance_minutes(1);
  EXPECT_EQ(status().last_error(), "virus scanner: unreachable: refused");
  clamd->down.code = ec::none;
  advance_minutes(2);
  EXPECT_EQ(status().last_error(), refused);
}

TEST_F(poller_scan_test, a_scanner_that_is_away_is_asked_with_growing_pauses) {
  mails(8);
  clamd->down = fail(ec::unreachable);
  start();
  EXPECT_EQ(clamd->asked, 4u);
  advance_minutes(30);
  EXPECT_LT(clamd->asked, 4u * 70) << "a minute apart, half of it by the jitter, in the end";
  EXPECT_GT(clamd->asked, 4u * 25);
}

TEST_F(poller_scan_test, mails_before_the_one_without_a_verdict_are_handed_over) {
  mail("fine");
  mail("CHOKES");
  mail("good");
  clamd->pings = false;
  start();
  advance_minutes(1);
  EXPECT_EQ(book->uids(), list{1});
  EXPECT_EQ(cursor().last_uid(), 1u);
}

TEST_F(poller_scan_test,
       a_mail_that_a_healthy_scanner_fails_on_three_times_goes_to_the_quarantine) {
  mail("CHOKES");
  mail("good");
  start();
  EXPECT_TRUE(book->offered.empty());
  advance_minutes(5);
  EXPECT_EQ(handed_over(), "1:unscannable 2");
  EXPECT_EQ(clamd->asked, 3u + 1u);
  EXPECT_NE(item(0).detail.find("no verdict"), std::string::npos) << item(0).detail;
}

TEST_F(poller_scan_test, a_scanner_that_hangs_sends_no_mail_to_the_quarantine) {
  mails(2);
  clamd->down = fail(ec::timeout);
  clamd->pings = false;
  start();
  advance_minutes(30);
  EXPECT_TRUE(book->offered.empty());
  EXPECT_GT(clamd->pinged, 1u);
  clamd->down.code = ec::none;
  clamd->pings = true;
  advance_minutes(2);
  EXPECT_EQ(handed_over(), "1 2");
}

TEST_F(poller_scan_test, a_poller_that_waits_for_the_scanner_quits_when_it_is_told_to) {
  mails(2);
  clamd->down = fail(ec::unreachable);
  start();
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  EXPECT_TRUE(book->offered.empty());
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(poller_scan_test, a_verdict_that_comes_after_the_pollers_end_is_dropped) {
  mails(1);
  clamd->hold = true;
  start();
  caf::anon_send_exit(life, caf::exit_reason::kill);
  run();
  clamd->answer_newest();
  run();
  EXPECT_TRUE(book->offered.empty());
}

TEST_F(poller_scan_test, the_next_life_takes_the_mails_that_waited) {
  mails(2);
  clamd->down = fail(ec::unreachable);
  start();
  clamd->down.code = ec::none;
  restart();
  EXPECT_EQ(handed_over(), "1 2");
}

// --- `unreachable: accept` ---

TEST_F(poller_scan_test, mails_may_be_taken_unscanned_when_the_scanner_is_away) {
  scanning().set_unreachable("accept");
  mails(2);
  clamd->down = fail(ec::unreachable, "refused at 10.0.0.7");
  start();
  EXPECT_EQ(handed_over(), "1 2");
  EXPECT_EQ(item(1).scan.what, scan_result::state::unscanned);
  EXPECT_EQ(item(1).scan.detail, "the scanner gave no verdict (unreachable)");
  EXPECT_EQ(status().last_error(), "virus scanner: unreachable: refused at 10.0.0.7");
}

TEST_F(poller_scan_test, a_scanner_that_could_not_be_reached_is_left_alone_for_ten_seconds) {
  scanning().set_unreachable("accept");
  mails(8);
  clamd->down = fail(ec::unreachable);
  start();
  EXPECT_EQ(book->uids(), one_to(8));
  EXPECT_EQ(clamd->asked, 4u);
  clamd->down.code = ec::none;
  advance(duration{11'000});
  mail("VIRUS");
  server->announce();
  run();
  EXPECT_EQ(book->offered.back()->items.front().reason, "infected");
}

TEST_F(poller_scan_test, mails_that_only_waited_too_long_in_our_queue_are_asked_again) {
  scanning().set_unreachable("accept");
  mails(1);
  clamd->failures = {fail(ec::overloaded)};
  start();
  EXPECT_TRUE(book->offered.empty());
  advance_minutes(1);
  EXPECT_EQ(item(0).scan.what, scan_result::state::clean);
}

}  // namespace
}  // namespace postroom::actors::test

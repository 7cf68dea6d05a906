#include "tests/actors/factory_fixture.hpp"
#include "tests/actors/fake_scanner.hpp"

namespace postroom::actors::test {
namespace {

using again = std::shared_ptr<answer<mail_reprocessed>>;

/// Mails of the quarantine in a partition with a scanner.
struct reprocess_scan_test : factory_test {
  reprocess_scan_test() {
    config.mutable_scanning()->set_clamd("unix:/run/clamd");
    context->make_scanner = [this](const auto&, const auto&) {
      return std::make_shared<fake_scanner>(clamd);
    };
  }
  ~reprocess_scan_test() override { stop_all(); }
  void put_aside(uint64_t uid, const std::string& name) {
    ASSERT_TRUE(give({quarantined_item(uid, raw_mail(name))})->value);
  }
  again reprocess(uint64_t mail, bool accept = false) {
    reprocess_mail r{partition_id{"IT"}, mail_id{mail}, "olga", "a false alarm", "", accept};
    return ask<mail_reprocessed>(life,
                                 reprocess_request{std::make_shared<const reprocess_mail>(r)});
  }

  fake_clamd::ptr clamd = std::make_shared<fake_clamd>();
};

TEST_F(reprocess_scan_test, a_mail_decided_anew_is_scanned_anew) {
  start();
  put_aside(1, "red");
  put_aside(2, "VIRUS");
  EXPECT_EQ(clamd->asked, 0u);
  ASSERT_TRUE(reprocess(1)->value);
  ASSERT_TRUE(reprocess(2)->value);
  EXPECT_EQ(clamd->asked, 2u);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 quarantined:infected"}));
  const auto notes = call(1).decision().notes();
  EXPECT_EQ(notes.at(notes.size() - 1), "The virus scanner found nothing.");
}

TEST_F(reprocess_scan_test, an_infected_mail_that_a_person_accepts_bears_a_tag) {
  start();
  put_aside(1, "VIRUS");
  ASSERT_TRUE(reprocess(1, true)->value);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged"}));
  EXPECT_EQ(call(1).tags(0), "infected");
}

TEST_F(reprocess_scan_test, rounds_of_new_mails_do_not_wait_for_the_scanner) {
  start();
  put_aside(1, "red");
  clamd->hold = true;
  auto got = reprocess(1);
  EXPECT_TRUE(got->pending());
  EXPECT_TRUE(give({call_item(2, "blue")})->value);
  clamd->answer_newest();
  run();
  EXPECT_EQ(got->value->ledger->call(), 2u);
}

TEST_F(reprocess_scan_test, asked_twice_while_it_is_scanned_it_is_one_call) {
  start();
  put_aside(1, "red");
  clamd->hold = true;
  auto first = reprocess(1);
  auto second = reprocess(1);
  clamd->answer_newest();
  run();
  EXPECT_TRUE(second->value);
  clamd->answer_newest();
  run();
  ASSERT_TRUE(first->value) << first->failed.text();
  EXPECT_EQ(first->value->entry->call(), 1u);
  EXPECT_EQ(count(keys::kind::call), 1u);
}

TEST_F(reprocess_scan_test, nothing_changes_while_the_scanner_is_away) {
  start();
  put_aside(1, "red");
  clamd->down = fail(ec::unreachable, "refused");
  auto got = reprocess(1);
  EXPECT_EQ(got->failed.code, ec::unreachable);
  EXPECT_NE(got->failed.detail.find("nothing was changed"), std::string::npos);
  EXPECT_EQ(ledger(), lines{"it-in/7/1 quarantined:mail_unparsable"});
  EXPECT_FALSE(death->dead);
}

TEST_F(reprocess_scan_test, it_is_taken_unscanned_where_the_partition_accepts_that) {
  config.mutable_scanning()->set_unreachable("accept");
  start();
  put_aside(1, "red");
  clamd->down = fail(ec::unreachable);
  ASSERT_TRUE(reprocess(1)->value);
  EXPECT_EQ(call(1).tags(0), "unscanned");
}

TEST_F(reprocess_scan_test, a_person_waits_ten_seconds_for_the_scanner_and_no_longer) {
  start();
  put_aside(1, "red");
  clamd->hold = true;
  auto got = reprocess(1);
  advance(duration{9'000});
  EXPECT_TRUE(got->pending());
  advance(duration{2'000});
  EXPECT_EQ(got->failed.code, ec::timeout);
  clamd->answer_newest();
  run();
  EXPECT_EQ(count(keys::kind::call), 0u) << "who asked was told that nothing was changed";
}

TEST_F(reprocess_scan_test, a_factory_told_to_quit_waits_for_no_scanner) {
  start();
  put_aside(1, "red");
  clamd->hold = true;
  auto got = reprocess(1);
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(got->failed.code, ec::cancelled);
}

TEST_F(reprocess_scan_test, new_rules_bring_the_scanner_with_them) {
  config.mutable_scanning()->clear_clamd();
  start();
  put_aside(1, "VIRUS");
  config.mutable_scanning()->set_clamd("unix:/run/clamd");
  caf::anon_send(life, use_model{model_of(config, 2)});
  ASSERT_TRUE(reprocess(1)->value);
  EXPECT_EQ(ledger(), lines{"it-in/7/1 quarantined:infected"});
}

}  // namespace
}  // namespace postroom::actors::test

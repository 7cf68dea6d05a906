#include "actors/outbox_change.hpp"
#include "tests/actors/sender_fixture.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::OutboxAction;
using kind = change_outbox::kind;
using changed = std::shared_ptr<answer<outbox_changed>>;

outbox_request request(kind what, uint64_t id) {
  change_outbox c;
  c.partition = partition_id{"IT"};
  c.entry = id;
  c.what = what;
  c.who = "olga";
  if (what == kind::cancel) c.reason = "wrong address";
  return {std::make_shared<const change_outbox>(c)};
}

struct sender_change_test : sender_test {
  changed retry(uint64_t id) { return ask<outbox_changed>(life, request(kind::retry, id)); }
  changed cancel(uint64_t id) { return ask<outbox_changed>(life, request(kind::cancel, id)); }
  /// One mail to `a@example.com` that the server has refused for good.
  void put_dead(uint64_t id) {
    put(id, {"a@example.com"});
    start();
    relay->answer(refusal(550));
    run();
    ASSERT_EQ(count(keys::kind::outbox_dead), 1u);
  }
  OutboxRecipient::State state(uint64_t id, int r = 0) const {
    return entry(id).recipients(r).state();
  }
};

TEST_F(sender_change_test, a_dead_letter_that_is_retried_is_sent_at_once_and_keeps_its_history) {
  put_dead(1);
  auto got = retry(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(got->value->entry->recipients(0).state(), OutboxRecipient::PENDING);
  EXPECT_EQ(got->value->entry->recipients(0).attempts(), 0u);
  EXPECT_EQ(count(keys::kind::outbox_dead), 0u);
  EXPECT_EQ(count(keys::kind::outbox_due), 1u);
  EXPECT_EQ(relay->all.size(), 2u);
  relay->answer();
  run();
  EXPECT_EQ(state(1), OutboxRecipient::SENT);
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
  ASSERT_EQ(entry(1).actions_size(), 1);
  EXPECT_EQ(entry(1).actions(0).kind(), OutboxAction::RETRIED);
  EXPECT_EQ(entry(1).actions(0).who(), "olga");
  EXPECT_EQ(entry(1).actions(0).at(), to_millis(noon));
  EXPECT_EQ(entry(1).actions(0).before(0).state(), OutboxRecipient::DEAD);
  EXPECT_EQ(entry(1).actions(0).before(0).attempts(), 1u);
  EXPECT_EQ(entry(1).actions(0).before(0).last_reply(), "550 no");
}

TEST_F(sender_change_test, a_waiting_mail_that_is_retried_does_not_wait_for_its_time) {
  put(1, {"a@example.com"}, duration{3'600'000});
  start();
  EXPECT_TRUE(relay->all.empty());
  ASSERT_TRUE(retry(1)->value);
  EXPECT_EQ(relay->all, lines{"a@example.com"});
  EXPECT_EQ(count(keys::kind::outbox_due), 1u) << "the old due time is gone";
}

TEST_F(sender_change_test, a_retry_starts_the_time_until_it_is_given_up_anew) {
  config.mutable_outgoing(0)->set_give_up_after("2h");
  put_dead(1);
  advance_minutes(180);
  ASSERT_TRUE(retry(1)->value);
  relay->answer(refusal(451));
  run();
  EXPECT_EQ(state(1), OutboxRecipient::PENDING);
  EXPECT_EQ(entry(1).recipients(0).attempts(), 1u);
}

TEST_F(sender_change_test, a_retry_touches_nobody_who_has_the_mail) {
  put(1, {"a@example.com", "b@example.com"});
  start();
  relay->answer();
  relay->answer(refusal(550));
  run();
  ASSERT_TRUE(retry(1)->value);
  EXPECT_EQ(relay->all, (lines{"a@example.com", "b@example.com", "b@example.com"}));
  EXPECT_EQ(state(1, 0), OutboxRecipient::SENT);
  EXPECT_EQ(entry(1).actions(0).before_size(), 1);
}

TEST_F(sender_change_test, a_cancelled_mail_is_never_sent_and_says_by_whom_and_why) {
  put(1, {"a@example.com"}, duration{60'000});
  start();
  auto got = cancel(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  advance_minutes(10);
  EXPECT_TRUE(relay->all.empty());
  EXPECT_EQ(state(1), OutboxRecipient::CANCELLED);
  EXPECT_TRUE(entry(1).settled());
  EXPECT_EQ(entry(1).actions(0).who(), "olga");
  EXPECT_EQ(entry(1).actions(0).reason(), "wrong address");
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
}

TEST_F(sender_change_test, a_cancelled_dead_letter_no_longer_counts_as_one) {
  put_dead(1);
  ASSERT_TRUE(cancel(1)->value);
  EXPECT_EQ(count(keys::kind::outbox_dead), 0u);
  EXPECT_EQ(state(1), OutboxRecipient::CANCELLED);
  EXPECT_EQ(entry(1).recipients(0).last_reply(), "550 no");
}

TEST_F(sender_change_test, each_change_is_one_commit) {
  put_dead(1);
  auto before = disk->committed;
  ASSERT_TRUE(cancel(1)->value);
  EXPECT_EQ(disk->committed, before + 1);
}

TEST_F(sender_change_test, a_mail_that_is_being_sent_is_neither_cancelled_nor_sent_twice) {
  put(1, {"a@example.com"});
  start();
  for (auto got : {cancel(1), retry(1)}) {
    EXPECT_EQ(got->failed.code, ec::conflict);
    EXPECT_NE(got->failed.detail.find("mail IT/1 is being sent right now"), std::string::npos);
  }
  relay->answer();
  run();
  EXPECT_EQ(state(1), OutboxRecipient::SENT);
  EXPECT_EQ(entry(1).actions_size(), 0);
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(sender_change_test, a_mail_whose_answer_is_not_on_disk_yet_is_still_being_sent) {
  put(1, {"a@example.com"});
  start();
  store_pool.held = true;
  relay->answer(refusal(550));
  run();
  EXPECT_EQ(cancel(1)->failed.code, ec::conflict);
  store_pool.release();
  run();
  EXPECT_TRUE(cancel(1)->value);
}

TEST_F(sender_change_test, a_cancel_that_waits_for_a_look_wins_over_its_page) {
  put_many(2);
  store_pool.held = true;
  start();
  ASSERT_EQ(store_pool.jobs.size(), 1u);
  auto got = cancel(1);
  EXPECT_EQ(store_pool.jobs.size(), 1u) << "the change waits for the look";
  store_pool.run();
  run();
  EXPECT_EQ(relay->all, lines{"u2@example.com"});
  store_pool.release();
  run();
  ASSERT_TRUE(got->value);
  EXPECT_EQ(relay->all, lines{"u2@example.com"});
  EXPECT_EQ(state(1), OutboxRecipient::CANCELLED);
}

TEST_F(sender_change_test, a_retry_that_waits_for_a_look_sends_the_mail_once) {
  put_many(1);
  store_pool.held = true;
  start();
  auto got = retry(1);
  store_pool.run();
  run();
  EXPECT_TRUE(relay->all.empty());
  store_pool.release();
  run();
  ASSERT_TRUE(got->value);
  EXPECT_EQ(relay->all, lines{"u1@example.com"});
}

TEST_F(sender_change_test, a_look_while_a_cancel_is_on_its_way_to_the_disk_passes_over_the_mail) {
  put(1, {"a@example.com"}, duration{60'000});
  start();
  store_pool.held = true;
  auto got = cancel(1);
  ASSERT_EQ(store_pool.jobs.size(), 1u);
  advance(duration{61'000});  // it falls due
  ASSERT_EQ(store_pool.jobs.size(), 2u);
  store_pool.run(1);  // the look, before the commit
  run();
  EXPECT_TRUE(relay->all.empty());
  store_pool.release();
  run();
  EXPECT_TRUE(got->value);
  EXPECT_TRUE(relay->all.empty());
}

TEST_F(sender_change_test, of_a_cancel_and_a_retry_at_once_the_first_one_counts) {
  put_dead(1);
  store_pool.held = true;
  auto first = cancel(1);
  auto second = retry(1);
  store_pool.release();
  run();
  EXPECT_TRUE(first->value);
  EXPECT_EQ(second->failed.code, ec::conflict);
  EXPECT_NE(second->failed.detail.find("cancelled already"), std::string::npos);
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(sender_change_test, what_cannot_be_changed_is_said_and_changes_nothing) {
  put(1, {"a@example.com"});
  start();
  relay->answer();
  run();
  EXPECT_EQ(retry(1)->failed.detail,
            "mail IT/1 has been sent to everyone; there is nothing to try again");
  EXPECT_EQ(cancel(1)->failed.detail,
            "mail IT/1 has been sent to everyone; there is nothing to cancel");
  auto unknown = retry(7);
  EXPECT_EQ(unknown->failed.code, ec::not_found);
  EXPECT_EQ(unknown->failed.detail,
            "there is no mail IT/7 in the outbox; `postroom outbox --all` lists them");
  EXPECT_FALSE(death->dead);
}

TEST_F(sender_change_test, a_mail_that_was_retried_a_hundred_times_can_only_be_cancelled) {
  OutboxEntry e;
  e.add_recipients()->set_state(OutboxRecipient::DEAD);
  auto again = request(kind::retry, 1);
  for (int i = 0; i < outbox::max_actions; ++i) ASSERT_TRUE(outbox::act_on(e, *again.change, noon));
  EXPECT_EQ(outbox::act_on(e, *again.change, noon).code(), ec::conflict);
  EXPECT_TRUE(outbox::act_on(e, *request(kind::cancel, 1).change, noon));
}

TEST_F(sender_change_test, a_change_that_fails_on_disk_is_answered_and_ends_the_sender) {
  put_dead(1);
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(cancel(1)->failed.code, ec::no_space);
  EXPECT_EQ(death->reason.code, ec::no_space);
  EXPECT_EQ(state(1), OutboxRecipient::DEAD);
}

TEST_F(sender_change_test, a_sender_whose_server_fails_waits_for_the_change_that_is_under_way) {
  put(1, {"a@example.com"}, duration{3'600'000});
  put(2, {"b@example.com"});
  start();
  store_pool.held = true;
  auto got = cancel(1);
  relay->answer(server_down());
  run();
  ASSERT_EQ(store_pool.jobs.size(), 2u);
  store_pool.run(1);  // the one that was being sent
  run();
  EXPECT_FALSE(death->dead) << "a new life could read the entry before it is cancelled";
  store_pool.release();
  run();
  EXPECT_TRUE(got->value);
  EXPECT_EQ(death->reason.code, ec::unreachable);
}

TEST_F(sender_change_test, drain_finishes_the_change_under_way_and_refuses_the_others) {
  put(1, {"a@example.com"}, duration{60'000});
  put(2, {"b@example.com"}, duration{60'000});
  start();
  store_pool.held = true;
  auto first = cancel(1);
  auto second = cancel(2);
  drain_now(life);
  EXPECT_EQ(second->failed.code, ec::cancelled);
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(cancel(2)->failed.code, ec::cancelled);
  store_pool.release();
  run();
  EXPECT_TRUE(first->value);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(sender_change_test, a_supervisor_that_goes_leaves_nobody_waiting) {
  put(1, {"a@example.com"}, duration{60'000});
  start();
  store_pool.held = true;
  auto got = cancel(1);
  caf::anon_send_exit(boss, caf::exit_reason::kill);
  run();
  EXPECT_EQ(got->failed.code, ec::cancelled);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(sender_change_test, dead_letters_can_be_cancelled_without_an_outgoing_server) {
  put_dead(1);
  drain_now(life);
  config.clear_outgoing();
  start();
  EXPECT_TRUE(cancel(1)->value);
}

}  // namespace
}  // namespace postroom::actors::test

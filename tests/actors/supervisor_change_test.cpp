#include "tests/actors/supervisor_fixture.hpp"

namespace postroom::actors::test {
namespace {

using record::v1::OutboxEntry;
using record::v1::OutboxRecipient;
using kind = change_outbox::kind;

struct supervisor_change_test : supervisor_test {
  std::shared_ptr<answer<outbox_changed>> act(kind what, uint64_t id = 1) {
    change_outbox c{partition_id{"IT"}, id, what, "olga", "wrong address"};
    return ask<outbox_changed>(life, outbox_request{std::make_shared<const change_outbox>(c)});
  }
  std::shared_ptr<answer<mail_discarded>> discard(uint64_t mail) {
    discard_mail d{partition_id{"IT"}, mail_id{mail}, "olga", "an advertisement"};
    return ask<mail_discarded>(life, discard_request{std::make_shared<const discard_mail>(d)});
  }
  OutboxEntry entry() const { return record<OutboxEntry>(keys::outbox(1)); }
  /// One acknowledgement waits, and the sender was refused by its server.
  void lose_sender(ec why) {
    one().add(raw_mail("red"));
    start();
    ASSERT_EQ(senders, 1);
    channels::send_report refused;
    refused.code = why;
    refused.server_wide = true;
    relay->answer(refused);
    run();
  }
};

TEST_F(supervisor_change_test, a_change_goes_to_the_sender_which_knows_what_is_in_hand) {
  one().add(raw_mail("red"));
  start();
  EXPECT_EQ(act(kind::cancel)->failed.code, ec::conflict);
  relay->answer();
  run();
  EXPECT_EQ(entry().recipients(0).state(), OutboxRecipient::SENT);
}

TEST_F(supervisor_change_test, a_mail_can_be_cancelled_while_the_sender_is_parked) {
  lose_sender(ec::auth_refused);
  auto got = act(kind::cancel);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(entry().recipients(0).state(), OutboxRecipient::CANCELLED);
  EXPECT_EQ(senders, 1) << "no sign-in was tried for it";
  advance_minutes(20);
  EXPECT_EQ(senders, 2);
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(supervisor_change_test, no_sender_is_started_before_a_change_in_its_place_is_on_disk) {
  lose_sender(ec::unreachable);
  store_pool.held = true;
  auto got = act(kind::cancel);
  EXPECT_EQ(act(kind::retry)->failed.code, ec::overloaded);
  advance(duration{10'000});
  EXPECT_EQ(senders, 1);
  store_pool.release();
  run();
  EXPECT_TRUE(got->value);
  EXPECT_EQ(senders, 2);
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(supervisor_change_test, a_drain_waits_for_a_change_in_place_of_the_sender) {
  lose_sender(ec::auth_refused);
  store_pool.held = true;
  auto got = act(kind::cancel);
  drain_now(life);
  EXPECT_FALSE(death->dead);
  EXPECT_EQ(act(kind::cancel)->failed.code, ec::cancelled);
  EXPECT_EQ(discard(1)->failed.code, ec::cancelled);
  store_pool.release();
  run();
  EXPECT_TRUE(got->value);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(supervisor_change_test,
       who_waits_for_a_sender_that_hangs_is_answered_when_the_stop_ends_it) {
  one().add(raw_mail("red"));
  start();
  channels::send_report busy;
  busy.code = ec::server_busy;
  relay->answer(busy);
  run();
  store_pool.held = true;
  auto got = act(kind::cancel);
  drain_now(life);
  advance(duration{4'900});
  EXPECT_TRUE(got->pending());
  advance(duration{200});
  EXPECT_EQ(got->failed.code, ec::cancelled);
  EXPECT_EQ(got->failed.detail,
            "partition IT stopped before it was known whether this is on disk; look at it with "
            "`postroom outbox`");
  store_pool.release();
  run();
  EXPECT_TRUE(death->in_peace);
}

TEST_F(supervisor_change_test, a_partition_whose_store_is_not_open_says_so) {
  disk->opens.push_back(fail(ec::store_io));
  start();
  EXPECT_EQ(act(kind::retry)->failed.code, ec::store_io);
  EXPECT_EQ(discard(1)->failed.code, ec::store_io);
}

TEST_F(supervisor_change_test, a_discard_goes_to_the_call_factory) {
  start();
  EXPECT_EQ(discard(9)->failed.code, ec::not_found);
}

}  // namespace
}  // namespace postroom::actors::test

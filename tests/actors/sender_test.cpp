#include "channels/graph_draft.hpp"
#include "tests/actors/sender_fixture.hpp"

namespace postroom::actors::test {
namespace {

TEST_F(sender_test, sends_what_is_due_and_nothing_else_until_its_time) {
  put(1, {"a@example.com"});
  put(2, {"b@example.com"}, duration{30'000});
  start();
  EXPECT_EQ(relay->all, lines{"a@example.com"});
  relay->answer();
  advance(duration{29'900});
  EXPECT_EQ(relay->all.size(), 1u);
  advance(duration{200});
  EXPECT_EQ(relay->all, (lines{"a@example.com", "b@example.com"}));
}

TEST_F(sender_test, wakes_for_an_entry_that_is_due_in_an_hour) {
  put(1, {"a@example.com"}, duration{3'600'000});
  start();
  advance_minutes(59);
  EXPECT_TRUE(relay->all.empty());
  advance_minutes(2);
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(sender_test, sends_each_recipient_apart_from_the_configured_address) {
  put(1, {"a@example.com", "b@example.com"});
  start();
  EXPECT_EQ(relay->all, (lines{"a@example.com", "b@example.com"}));
  EXPECT_EQ(relay->sent.at(0).mail.from, "helpdesk@example.org");
  EXPECT_NE(relay->sent.at(0).mail.message->find("Message-ID: <id-1@example.org>"),
            std::string::npos);
}

TEST_F(sender_test, a_mail_counts_as_sent_when_that_is_on_disk) {
  put(1, {"a@example.com"});
  start();
  store_pool.held = true;
  relay->answer();
  run();
  EXPECT_FALSE(entry(1).settled());
  store_pool.release();
  run();
  EXPECT_TRUE(entry(1).settled());
  EXPECT_EQ(entry(1).recipients(0).state(), OutboxRecipient::SENT);
  EXPECT_EQ(healthy, 1);
  nudge_it();
  EXPECT_EQ(relay->all.size(), 1u);
}

TEST_F(sender_test, a_mail_whose_answer_was_not_stored_is_sent_again_under_the_same_message_id) {
  put(1, {"a@example.com"});
  start();
  auto first = *relay->sent.at(0).mail.message;
  disk->commits.push_back({fail(ec::store_io)});
  relay->answer();
  run();
  EXPECT_EQ(death->reason.code, ec::store_io);
  start();
  ASSERT_EQ(relay->sent.size(), 1u);
  EXPECT_EQ(*relay->sent.at(0).mail.message, first);
}

TEST_F(sender_test, a_permanent_refusal_makes_a_dead_letter_of_this_recipient_alone) {
  put(1, {"a@example.com", "b@example.com", "c@example.com"});
  start();
  relay->answer();
  relay->answer(refusal(550));
  relay->answer(refusal(451));
  run();
  EXPECT_EQ(entry(1).recipients(0).state(), OutboxRecipient::SENT);
  EXPECT_EQ(entry(1).recipients(1).state(), OutboxRecipient::DEAD);
  EXPECT_EQ(entry(1).recipients(2).state(), OutboxRecipient::PENDING);
  EXPECT_FALSE(entry(1).settled());
  advance(duration{31'000});
  EXPECT_EQ(relay->all,
            (lines{"a@example.com", "b@example.com", "c@example.com", "c@example.com"}));
  relay->answer();
  run();
  EXPECT_TRUE(entry(1).settled());
}

TEST_F(sender_test, tries_again_with_jittered_pauses_until_it_gives_up) {
  config.mutable_outgoing(0)->set_give_up_after("2h");
  random_value = 12'345'678'901;
  put(1, {"a@example.com"});
  auto made = now;
  start();
  auto whole = duration{60'000};
  while (!entry(1).settled() && relay->all.size() < 50) {
    ASSERT_EQ(relay->sent.size(), 1u);
    auto tried = now;
    relay->answer(refusal(451));
    run();
    if (entry(1).settled()) break;
    auto pause = from_millis(entry(1).next_attempt_at()) - tried;
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
    whole = std::min(whole * 2, duration{3'600'000});
    advance(pause + duration{200}, duration{100});
  }
  EXPECT_EQ(entry(1).recipients(0).state(), OutboxRecipient::DEAD);
  EXPECT_GE(now - made, duration{2 * 3'600'000});
  EXPECT_LE(now - made, duration{3 * 3'600'000 + 10'000});
  EXPECT_EQ(entry(1).recipients(0).last_reply(), "451 no");
  EXPECT_FALSE(death->dead);
}

// As from Graph, which gives no answer to one mail and takes the others.
TEST_F(sender_test, gives_up_a_mail_whose_ends_are_unknown_and_sends_the_others_meanwhile) {
  config.mutable_outgoing(0)->set_give_up_after("2h");
  random_value = 12'345'678'901;
  put(1, {"a@example.com"});
  start();
  uint64_t others = 1;
  for (; !entry(1).settled() && others < 50; ++others) {
    ASSERT_EQ(relay->sent.size(), 1u);
    relay->answer(channels::graph_report(fail(ec::timeout, "no answer")));
    run();
    ASSERT_FALSE(death->dead);
    put(others + 1, {"u@example.com"});
    nudge_it();
    relay->answer();
    run();
    EXPECT_TRUE(entry(others + 1).settled());
    if (entry(1).settled()) break;
    advance(from_millis(entry(1).next_attempt_at()) - now + duration{200}, duration{100});
  }
  EXPECT_EQ(entry(1).recipients(0).state(), OutboxRecipient::DEAD);
  EXPECT_EQ(entry(1).recipients(0).attempts(), others);
  EXPECT_GE(others, 7u);
  EXPECT_LE(others, 12u) << "the pauses grow";
  EXPECT_EQ(relay->all.size(), 2 * others);
}

TEST_F(sender_test, tries_again_in_time_although_another_mail_hangs) {
  put_many(2);
  start();
  relay->answer(refusal(451));
  advance(duration{31'000});
  EXPECT_EQ(relay->all, (lines{"u1@example.com", "u2@example.com", "u1@example.com"}));
}

TEST_F(sender_test, a_failure_of_the_server_blames_no_recipient_and_ends_the_sender) {
  put_many(3);
  start();
  relay->answer();
  relay->answer(server_down(ec::auth_refused));
  run();
  EXPECT_FALSE(death->dead);  // the third is still on its way
  relay->answer(server_down());
  run();
  EXPECT_EQ(death->reason.code, ec::auth_refused);
  EXPECT_TRUE(entry(1).settled());
  for (uint64_t id : {2, 3}) {
    EXPECT_EQ(entry(id).recipients(0).attempts(), 0u);
    EXPECT_EQ(entry(id).recipients(0).last_reply(), "");
    EXPECT_EQ(entry(id).next_attempt_at(), to_millis(noon));
  }
  EXPECT_EQ(count(keys::kind::outbox_due), 2u);
}

TEST_F(sender_test, a_server_that_is_down_does_not_count_as_a_job_done) {
  put(1, {"a@example.com"});
  start();
  relay->answer(server_down());
  run();
  EXPECT_EQ(death->reason.code, ec::unreachable);
  EXPECT_EQ(healthy, 0);
}

// The error is logged and goes on to the supervisor, which logs it as well.
TEST_F(sender_test, shows_the_servers_words_in_the_status_and_in_no_log) {
  admin::v1::PartitionStatus it;
  it.set_id(config.id());
  board->set_partition(it);
  put(1, {"a@example.com"});
  start();
  auto refused = server_down(ec::oauth_consent_missing);
  refused.reply_code = 403;
  refused.reply = "ErrorAccessDenied: a@example.com may not";
  relay->answer(refused);
  run();
  EXPECT_EQ(death->reason.detail, "the server answered 403");
  const auto shown = board->snapshot().partitions(0).sender().last_error();
  EXPECT_NE(shown.find(refused.reply), shown.npos) << shown;
}

TEST_F(sender_test, a_nudge_during_a_look_is_not_lost) {
  store_pool.held = true;
  start();
  ASSERT_EQ(store_pool.jobs.size(), 1u);
  store_pool.run();  // has read the empty outbox, the answer is on its way
  put(1, {"a@example.com"});
  caf::anon_send(life, nudge_v);
  sched().prioritize(life);
  store_pool.release();
  run();
  EXPECT_EQ(relay->all, lines{"a@example.com"});
}

TEST_F(sender_test, a_nudge_while_a_look_is_under_way_leads_to_a_second_look) {
  store_pool.held = true;
  start();
  nudge_it();
  ASSERT_EQ(store_pool.jobs.size(), 1u);
  store_pool.run();
  run();
  EXPECT_EQ(store_pool.jobs.size(), 1u);
  store_pool.run();
  run();
  EXPECT_TRUE(store_pool.jobs.empty());
}

TEST_F(sender_test, has_no_more_than_32_mails_in_hand) {
  put_many(40);
  start();
  EXPECT_EQ(relay->sent.size(), 32u);
  nudge_it();
  advance(duration{5'000});
  EXPECT_EQ(relay->all.size(), 32u);
  relay->answer();
  run();
  EXPECT_EQ(relay->all.size(), 33u);
  while (!relay->sent.empty()) {
    EXPECT_LE(relay->sent.size(), 32u);
    relay->answer();
    run();
  }
  EXPECT_EQ(relay->all.size(), 40u);
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
}

TEST_F(sender_test, mails_with_large_attachments_wait_for_those_in_hand) {
  record::v1::Mail stored;
  stored.set_id(7);
  stored.set_size(25u << 20);
  stored.set_chunks(1);
  storage::write_batch batch;
  batch.put(keys::mail(mail_id{7}), stored.SerializeAsString());
  batch.put(keys::raw(mail_id{7}, 0), std::string(stored.size(), 'x'));
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  for (uint64_t id : {1, 2, 3}) put(id, {"u" + std::to_string(id) + "@example.com"}, {}, 7);
  start();
  for (std::size_t n = 1; n <= 3; ++n) {
    nudge_it();
    EXPECT_EQ(relay->all.size(), n);
    EXPECT_EQ(relay->sent.size(), 1u);
    relay->answer();
    run();
  }
  EXPECT_EQ(count(keys::kind::outbox_due), 0u);
}

TEST_F(sender_test, rests_without_an_outgoing_server) {
  config.clear_outgoing();
  put(1, {"a@example.com"});
  start();
  nudge_it();
  advance_minutes(2);
  EXPECT_FALSE(death->dead);
  drain_now(life);
  EXPECT_TRUE(death->in_peace);
}

TEST_F(sender_test, dies_of_settings_that_make_no_channel_and_of_a_disk_that_cannot_be_read) {
  refuse_channel = fail(ec::config_invalid);
  start();
  advance(duration{10});
  EXPECT_EQ(death->reason.code, ec::config_invalid);
  refuse_channel = fail(ec::none);
  disk->reads.push_back(fail(ec::store_io));
  start();
  EXPECT_EQ(death->reason.code, ec::store_io);
}

TEST_F(sender_test, drain_waits_for_what_is_in_hand_and_takes_up_nothing_new) {
  put(1, {"a@example.com"});
  start();
  put(2, {"b@example.com"});
  drain_now(life);
  EXPECT_FALSE(death->dead);
  nudge_it();
  relay->answer();
  run();
  EXPECT_TRUE(death->in_peace);
  EXPECT_TRUE(entry(1).settled());
  EXPECT_EQ(relay->all, lines{"a@example.com"});
  EXPECT_EQ(relay->closed, 1u);
}

TEST_F(sender_test, a_mail_cut_short_by_the_drain_stays_due_without_blame) {
  put(1, {"a@example.com"});
  start();
  drain_now(life);
  channels::send_report cut;
  cut.code = ec::cancelled;
  relay->answer(cut);
  run();
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(entry(1).recipients(0).attempts(), 0u);
  EXPECT_EQ(count(keys::kind::outbox_due), 1u);
}

TEST_F(sender_test, after_new_settings_a_mail_in_hand_has_eleven_minutes_to_be_taken) {
  put(1, {"a@example.com"});
  start();
  drain_now(life);
  advance_minutes(10);
  EXPECT_FALSE(death->dead) << "sent by the next life as well, it would arrive twice";
  advance_minutes(2);
  EXPECT_TRUE(death->in_peace);
  EXPECT_EQ(count(keys::kind::outbox_due), 1u);
}

TEST_F(sender_test, names_a_domain_in_another_script_in_its_ascii_form) {
  put(1, {"tom@m\xc3\xbcller.example"});
  start();
  EXPECT_EQ(relay->all, lines{"tom@xn--mller-kva.example"});
}

TEST_F(sender_test, goes_when_its_supervisor_goes) {
  start();
  caf::anon_send_exit(boss, caf::exit_reason::kill);
  run();
  EXPECT_TRUE(death->in_peace);
}

}  // namespace
}  // namespace postroom::actors::test

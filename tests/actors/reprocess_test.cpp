#include "tests/actors/factory_fixture.hpp"

namespace postroom::actors::test {
namespace {

using again = std::shared_ptr<answer<mail_reprocessed>>;

struct reprocess_test : factory_test {
  again reprocess(uint64_t mail, bool accept = false) {
    reprocess_mail r{partition_id{"IT"},        mail_id{mail}, "olga",
                     "the server knows it now", "10.0.0.7",    accept};
    return ask<mail_reprocessed>(life,
                                 reprocess_request{std::make_shared<const reprocess_mail>(r)});
  }
  /// A mail that was put aside although it is a good one by the rules of now.
  mail_item put_aside(uint64_t uid, const std::string& name) {
    return quarantined_item(uid, raw_mail(name));
  }
  record::v1::LedgerEntry entry(uint64_t uid) const {
    return record<record::v1::LedgerEntry>(keys::ledger(call_item(uid, "x").key));
  }
  std::map<std::string, uint64_t> outcomes() const {
    auto got = box("it-in").outcomes();
    return {got.begin(), got.end()};
  }
  using counted = std::map<std::string, uint64_t>;
};

TEST_F(reprocess_test, a_mail_becomes_a_call_and_says_who_had_it_decided_anew_and_why) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), quarantined_item(2, "")})->value);
  const auto bytes = count(keys::kind::raw);
  now += duration{5'000};
  auto got = reprocess(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(got->value->ledger->call(), 1u);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 logged", "it-in/7/2 quarantined:mail_unparsable"}));
  EXPECT_EQ(call(1).mail(), 1u);
  EXPECT_EQ(call(1).user().address(), "una@example.com");
  EXPECT_EQ(entry(1).before(), "quarantined:mail_unparsable");
  EXPECT_EQ(entry(1).reprocessed_by(), "olga");
  EXPECT_EQ(entry(1).decided_at(), to_millis(now));
  auto q = record<record::v1::QuarantineEntry>(keys::quarantine(mail_id{1}));
  EXPECT_EQ(q.became(), record::v1::LOGGED);
  EXPECT_EQ(q.call(), 1u);
  EXPECT_EQ(q.reprocess_reason(), "the server knows it now");
  EXPECT_EQ(count(keys::kind::raw), bytes) << "the raw mail is kept once";
}

TEST_F(reprocess_test, a_mail_that_a_rule_suppressed_becomes_a_call_once_the_rule_is_gone) {
  auto& r = *config.add_rules();
  r.set_name("ads");
  r.mutable_then()->set_suppress("advertisement");
  r.mutable_then()->set_forward("net@example.net");
  start();
  ASSERT_TRUE(give({call_item(1, "red")})->value);
  EXPECT_EQ(reprocess(1)->value->ledger->reason(), "advertisement");
  EXPECT_EQ(count(keys::kind::outbox), 1u) << "it is forwarded once";
  config.clear_rules();
  caf::anon_send(life, use_model{model_of(config, 2)});
  auto got = reprocess(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(got->value->entry, nullptr) << "it was never in the quarantine";
  EXPECT_EQ(got->value->ledger->call(), 1u);
  EXPECT_EQ(entry(1).before(), "suppressed:advertisement");
  EXPECT_EQ(entry(1).forwarded(0), "net@example.net");
  EXPECT_EQ(outcomes(), (counted{{"logged", 1}}));
  EXPECT_EQ(reprocess(1)->value->ledger->call(), 1u) << "asked twice it is one call";
  EXPECT_EQ(count(keys::kind::call), 1u);
}

TEST_F(reprocess_test, a_person_takes_a_mail_in_spite_of_the_rule_that_refuses_it) {
  auto& r = *config.add_rules();
  r.set_name("odd");
  r.mutable_then()->set_quarantine("odd");
  start();
  ASSERT_TRUE(give({call_item(1, "red")})->value);
  EXPECT_EQ(reprocess(1)->value->entry->became(), record::v1::OUTCOME_UNSPECIFIED);
  auto got = reprocess(1, true);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(got->value->entry->call(), 1u);
  EXPECT_TRUE(entry(1).accepted());
  const auto trail = all<record::v1::AuditEntry>(keys::kind::audit_chain);
  EXPECT_EQ(trail.back().before(), "quarantined:odd, accepted all the same");
}

TEST_F(reprocess_test, a_mail_accepted_although_its_sender_is_proved_wrong_stays_unverified) {
  config.mutable_incoming(0)->set_unaligned("quarantine");
  config.mutable_incoming(0)->add_authserv_ids("mx.example.org");
  start();
  const auto raw =
      "Authentication-Results: mx.example.org; dmarc=fail header.from=example.com\r\n"
      "Received: from out.example.net by mx.example.org with ESMTPS id 7; "
      "Mon, 23 Nov 2026 11:30:01 +0000\r\n" +
      raw_mail("red");
  ASSERT_TRUE(give({quarantined_item(1, raw)})->value);
  EXPECT_EQ(reprocess(1)->value->entry->reason(), "sender_unaligned");
  EXPECT_EQ(entry(1).trust(), record::v1::UNALIGNED);
  EXPECT_EQ(entry(1).origin(), "person");
  ASSERT_EQ(reprocess(1, true)->value->ledger->call(), 1u);
  EXPECT_TRUE(call(1).unverified());
  EXPECT_EQ(call(1).decision().trust(), record::v1::UNALIGNED);
  EXPECT_EQ(count(keys::kind::outbox), 0u) << "it is not answered";
}

TEST_F(reprocess_test, a_notice_that_a_person_accepts_is_a_mail_like_others_but_not_answered) {
  start();
  const auto raw = "Auto-Submitted: auto-replied\r\n" + raw_mail("red");
  auto away = call_item(1, "red");
  away.what = mail_item::kind::notice;
  away.raw = std::make_shared<const std::string>(raw);
  away.parsed = std::make_shared<const mail::parsed_mail>(*mail::parse(raw));
  away.content_hash = away.parsed->content_hash;
  ASSERT_TRUE(give({away})->value);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 suppressed:auto_reply"}));
  EXPECT_EQ(reprocess(1)->value->ledger->reason(), "auto_reply");
  ASSERT_EQ(reprocess(1, true)->value->ledger->call(), 1u);
  EXPECT_EQ(count(keys::kind::outbox), 0u);
}

TEST_F(reprocess_test, a_copy_that_was_kept_can_be_accepted_as_a_mail_of_its_own) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), call_item(2, "red")})->value);
  EXPECT_EQ(reprocess(1)->value->ledger->reason(), "duplicate");
  EXPECT_EQ(reprocess(1, true)->value->entry->call(), 2u);
  EXPECT_EQ(outcomes(), (counted{{"logged", 2}}));
}

TEST_F(reprocess_test, what_was_never_refused_is_not_decided_anew) {
  start();
  ASSERT_TRUE(give({call_item(1, "red")})->value);
  auto got = reprocess(1, true);
  EXPECT_EQ(got->failed.code, ec::conflict);
  EXPECT_NE(got->failed.detail.find("neither quarantined nor suppressed"), std::string::npos);
  EXPECT_EQ(count(keys::kind::call), 1u);
}

TEST_F(reprocess_test, is_told_in_the_audit_in_the_commit_that_changes_it) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), quarantined_item(2, "")})->value);
  ASSERT_TRUE(reprocess(1)->value);
  const auto trail = all<record::v1::AuditEntry>(keys::kind::audit_chain);
  ASSERT_EQ(trail.size(), 1u);
  EXPECT_EQ(trail[0].what(), "quarantine reprocessed");
  EXPECT_EQ(trail[0].detail(), "mail IT/1");
  EXPECT_EQ(trail[0].who() + " from " + trail[0].from(), "olga from 10.0.0.7");
  EXPECT_EQ(trail[0].before() + " -> " + trail[0].after(),
            "quarantined:mail_unparsable -> call IT-000001");
  disk->commits.push_back({fail(ec::no_space)});
  reprocess(2);
  EXPECT_EQ(all<record::v1::AuditEntry>(keys::kind::audit_chain).size(), 1u);
}

TEST_F(reprocess_test, the_counters_go_on_to_sum_up_to_all_mails_ever_shown) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), put_aside(2, "blue"), call_item(3, "green")})->value);
  EXPECT_EQ(outcomes(), (counted{{"quarantined:mail_unparsable", 2}, {"logged", 1}}));
  const auto cursor = box("it-in").last_uid();
  reprocess(1);
  EXPECT_EQ(outcomes(), (counted{{"quarantined:mail_unparsable", 1}, {"logged", 2}}));
  reprocess(2);
  EXPECT_EQ(outcomes(), (counted{{"logged", 3}}));
  EXPECT_EQ(box("it-in").last_uid(), cursor);
  ASSERT_TRUE(give({call_item(4, "grey")})->value);
  EXPECT_EQ(outcomes(), (counted{{"logged", 4}})) << "the factory goes on from what is on disk";
}

TEST_F(reprocess_test, is_acknowledged_like_any_other_call) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red")})->value);
  EXPECT_EQ(nudges, 0);
  reprocess(1);
  EXPECT_EQ(nudges, 1);
  auto sent = all<record::v1::OutboxEntry>(keys::kind::outbox);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].recipients(0).address(), "una@example.com");
}

TEST_F(reprocess_test, asked_twice_it_is_one_call_and_the_same_answer) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red")})->value);
  pool.held = true;
  auto first = reprocess(1);
  auto second = reprocess(1);
  work();
  ASSERT_TRUE(first->value && second->value);
  EXPECT_EQ(second->value->entry->call(), 1u);
  EXPECT_EQ(count(keys::kind::call), 1u);
  EXPECT_EQ(count(keys::kind::outbox), 1u);
}

TEST_F(reprocess_test, a_commit_that_landed_although_the_factory_died_is_not_repeated) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), call_item(2, "blue")})->value);  // its sender is known
  disk->commits.push_back({fail(ec::store_io), true});
  EXPECT_EQ(reprocess(1)->failed.code, ec::store_io);
  EXPECT_EQ(death->reason.code, ec::store_io);
  start();
  EXPECT_EQ(reprocess(1)->value->ledger->call(), 2u);
  EXPECT_EQ(count(keys::kind::call), 2u);
  EXPECT_EQ(outcomes(), (counted{{"logged", 2}}));
}

TEST_F(reprocess_test, nothing_of_it_is_on_disk_when_the_commit_failed) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), call_item(2, "blue")})->value);  // its sender is known
  disk->commits.push_back({fail(ec::no_space)});
  EXPECT_EQ(reprocess(1)->failed.code, ec::no_space);
  EXPECT_EQ(death->reason.code, ec::no_space);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 quarantined:mail_unparsable", "it-in/7/2 logged"}));
  EXPECT_EQ(count(keys::kind::call) + count(keys::kind::outbox), 2u);
}

TEST_F(reprocess_test, a_mail_that_is_no_better_now_stays_with_its_new_reason) {
  start();
  ASSERT_TRUE(give({quarantined_item(1, "From: nobody\r\nSubject: x\r\n\r\ntext\r\n")})->value);
  auto got = reprocess(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 quarantined:mail_without_sender"}));
  EXPECT_EQ(outcomes(), (counted{{"quarantined:mail_without_sender", 1}}));
  EXPECT_EQ(got->value->entry->reason(), "mail_without_sender");
  EXPECT_EQ(got->value->entry->became(), record::v1::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(count(keys::kind::quarantine), 1u);
}

TEST_F(reprocess_test, a_mail_over_the_limit_is_a_call_once_the_limit_is_raised) {
  config.mutable_incoming(0)->set_max_mail_size("64B");
  start();
  auto large = put_aside(1, "red");
  large.reason = "mail_too_large";
  ASSERT_TRUE(give({large})->value);
  EXPECT_EQ(reprocess(1)->value->entry->reason(), "mail_too_large");
  EXPECT_EQ(count(keys::kind::call), 0u);
  config.mutable_incoming(0)->set_max_mail_size("1MiB");
  caf::anon_send(life, use_model{model_of(config, 2)});
  EXPECT_EQ(reprocess(1)->value->ledger->call(), 1u);
}

TEST_F(reprocess_test, a_mail_that_came_again_meanwhile_is_a_duplicate_of_that_one) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), call_item(2, "red")})->value);
  auto got = reprocess(1);
  ASSERT_TRUE(got->value) << got->failed.text();
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 suppressed:duplicate", "it-in/7/2 logged"}));
  EXPECT_EQ(got->value->entry->became(), record::v1::SUPPRESSED);
  EXPECT_EQ(got->value->ledger->mail(), 1u) << "its bytes are kept";
  EXPECT_EQ(outcomes(), (counted{{"suppressed:duplicate", 1}, {"logged", 1}}));
}

TEST_F(reprocess_test, a_mail_that_killed_its_handler_twice_is_not_touched) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red")})->value);
  for (int i = 0; i < 2; ++i) context->notes->note("it-in/7/1");
  auto got = reprocess(1);
  EXPECT_EQ(got->failed.code, ec::conflict);
  EXPECT_NE(got->failed.detail.find("crash-notes"), std::string::npos);
  EXPECT_EQ(ledger(), (lines{"it-in/7/1 quarantined:mail_unparsable"}));
  EXPECT_FALSE(death->dead);
}

TEST_F(reprocess_test, what_cannot_be_decided_says_why_and_the_factory_lives_on) {
  start();
  EXPECT_EQ(reprocess(9)->failed.code, ec::not_found);
  auto without_bytes = put_aside(1, "red");
  without_bytes.raw = nullptr;
  ASSERT_TRUE(give({without_bytes, put_aside(2, "blue")})->value);
  EXPECT_EQ(reprocess(1)->failed.code, ec::conflict);
  EXPECT_NE(reprocess(1)->failed.detail.find("were not kept"), std::string::npos);
  config.mutable_incoming(0)->set_name("other");
  caf::anon_send(life, use_model{model_of(config, 2)});
  EXPECT_NE(reprocess(2)->failed.detail.find("not configured any more"), std::string::npos);
  EXPECT_FALSE(death->dead);
}

TEST_F(reprocess_test, takes_turns_with_new_mails_and_is_done_before_the_factory_goes) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red"), put_aside(2, "blue")})->value);
  pool.held = true;
  auto one = reprocess(1);
  auto two = reprocess(2);
  auto fresh = give({call_item(3, "green")});
  drain_now(life);
  work();
  ASSERT_TRUE(one->value && two->value && fresh->value);
  EXPECT_EQ(fresh->value->count, 1u);
  EXPECT_EQ(call(2).key().uid(), 3u) << "the new mail did not wait for all of the old ones";
  EXPECT_TRUE(death->in_peace);
}

TEST_F(reprocess_test, a_mail_that_left_the_quarantine_is_not_discarded) {
  start();
  ASSERT_TRUE(give({put_aside(1, "red")})->value);
  reprocess(1);
  EXPECT_EQ(discard(1)->failed.code, ec::conflict);
}

}  // namespace
}  // namespace postroom::actors::test

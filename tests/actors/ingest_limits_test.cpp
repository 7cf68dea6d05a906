#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;
const std::string group = "first-line@example.org";

/// Loops, limits and floods as the commit shows them. Una's group is told of calls and of updates,
/// she of updates.
struct ingest_limits_test : ingest_test {
  ingest_limits_test() {
    auto& address = *config.add_group_addresses();
    address.set_group("First line");
    address.set_address(group);
    add_text("logged", "group");
    add_text("updated", "group");
    add_text("updated", "user");
  }
  void add_text(const char* event, const char* audience) {
    auto& n = *config.mutable_texts()->add_notifications();
    n.set_event(event);
    n.set_audience(audience);
    n.mutable_content()->set_subject(std::string(event) + " to " + audience);
    n.mutable_content()->set_text("{{update_text}}");
  }
  config::v1::AnswerLimits& limit() { return *config.mutable_answer_limits(); }

  mail_item mail(uint64_t uid, const std::string& from = "una@example.com",
                 const std::string& fields = "") {
    return item_of(uid, "m" + std::to_string(uid) + "@x", from, "Subject: alarm\r\n" + fields,
                   "Text " + std::to_string(uid) + "\r\n");
  }
  mail_item reply(uint64_t uid, const std::string& from = "una@example.com") {
    return mail(uid, from, "In-Reply-To: <m1@x>\r\n");
  }
  mail_item proved(mail_item item) {
    item.trust = {mail::trust::aligned, "dmarc"};
    return item;
  }
  record::v1::Call call(uint64_t n) const {
    return record<record::v1::Call>(keys::call(call_number{n}));
  }
  record::v1::CallUpdate update(uint64_t of_call, uint32_t n) const {
    return record<record::v1::CallUpdate>(keys::call_update(call_number{of_call}, n));
  }
  names mails_to(const std::string& address) const {
    names out;
    for (const auto& e : all<record::v1::OutboxEntry>(keys::kind::outbox))
      if (e.recipients(0).address() == address) out.push_back(e.subject());
    return out;
  }
  void forward_alarms() {
    auto& rule = *config.add_rules();
    rule.set_name("on");
    auto& when = *rule.add_when();
    when.set_field("subject");
    when.set_contains("alarm");
    rule.mutable_then()->set_forward("boss@example.net");
  }
};

TEST_F(ingest_limits_test, what_programs_on_both_sides_cause_comes_to_an_end_and_a_note_says_so) {
  limit().set_per_sender(3);
  limit().set_per_call(3);
  ASSERT_TRUE(take({mail(1)}));
  for (uint64_t uid = 2; uid < 40; ++uid)
    ASSERT_TRUE(take({reply(uid, uid % 2 == 0 ? "una@example.com" : group)}));
  EXPECT_EQ(mails_to(group).size(), 3u + 3u) << "of the call, and answers to what it wrote itself";
  EXPECT_LE(mails_to("una@example.com").size(), 6u) << "answers, and what the group wrote";
  EXPECT_EQ(call(1).updates(), 19u) << "the group takes no part";
  const auto last = update(1, 19);
  ASSERT_GT(last.notes_size(), 0);
  EXPECT_EQ(last.notes(0), "Nobody is told at " + group +
                               ": its address had its 3 notifications about this call within 1h.");
}

TEST_F(ingest_limits_test, what_a_limit_keeps_back_is_counted) {
  limit().set_per_sender(1);
  limit().set_notifications(2);
  auto done = take({mail(1), mail(2), mail(3)});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->limits.left_out, 2u + 1u) << "answers, and a notification";
}

TEST_F(ingest_limits_test, forged_mails_do_not_use_up_the_answers_of_the_proved_sender) {
  limit().set_per_sender(2);
  limit().set_partition(3);
  std::vector<mail_item> forged;
  for (uint64_t uid = 1; uid <= 12; ++uid) forged.push_back(mail(uid));
  for (uint64_t uid = 13; uid <= 20; ++uid)
    forged.push_back(mail(uid, "x" + std::to_string(uid) + "@example.net"));
  ASSERT_TRUE(take(std::move(forged)));
  ASSERT_TRUE(take({proved(mail(30))}));
  EXPECT_EQ(call(21).decision().answer(), "Its sender is answered.");
}

TEST_F(ingest_limits_test, a_busy_day_of_one_domain_is_answered) {
  limit().set_flood_after(1'000);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 150; ++uid)
    many.push_back(mail(uid, "u" + std::to_string(uid) + "@example.com"));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(mails_to(group).size(), 150u);
  EXPECT_EQ(count(keys::kind::outbox), 300u);
}

TEST_F(ingest_limits_test, a_flood_is_told_to_the_group_once_and_its_call_bears_a_tag) {
  limit().set_flood_after(3);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 8; ++uid) many.push_back(mail(uid));
  auto done = take(std::move(many));
  ASSERT_TRUE(done);
  EXPECT_EQ(call(3).flood_mails(), 5u);
  EXPECT_EQ(call(3).tags(0), "flood");
  EXPECT_EQ(mails_to(group), (names{"logged to group", "logged to group", "logged to group",
                                    "[IT-000003] Very many mails: alarm"}));
  EXPECT_EQ(done->limits.flood_mails, 5u);
  ASSERT_EQ(done->limits.began.size(), 1u);
  EXPECT_EQ(done->limits.began[0], call_number{3});
}

TEST_F(ingest_limits_test, a_flood_has_a_text_of_its_own_where_the_partition_wants_it) {
  add_text("flood", "group");
  limit().set_flood_after(1);
  ASSERT_TRUE(take({mail(1), mail(2)}));
  EXPECT_EQ(mails_to(group), (names{"logged to group", "flood to group"}));
}

TEST_F(ingest_limits_test, nobody_is_told_of_a_flood_who_is_told_of_nothing_else) {
  config.mutable_texts()->clear_notifications();
  limit().set_flood_after(1);
  ASSERT_TRUE(take({mail(1), mail(2)}));
  EXPECT_EQ(mails_to(group), names{});
}

TEST_F(ingest_limits_test, after_a_flood_a_sender_who_goes_on_slowly_has_calls_of_his_own_again) {
  limit().set_flood_after(3);
  limit().set_flood_window("1m");
  ASSERT_TRUE(take({mail(1), mail(2), mail(3), mail(4), mail(5)}));
  for (uint64_t uid = 6; uid <= 9; ++uid) {
    now += duration{45'000};
    ASSERT_TRUE(take({mail(uid)}));
  }
  EXPECT_EQ(call(3).flood_mails(), 3u) << "one more, while the first five are within the minute";
  EXPECT_EQ(count(keys::kind::call), 6u);
}

TEST_F(ingest_limits_test, mails_that_waited_on_their_server_for_long_are_no_flood) {
  limit().set_flood_after(3);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 100; ++uid) {
    many.push_back(mail(uid));
    many.back().listed.internal_date = now - duration{600'000} * (101 - uid);
  }
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(count(keys::kind::call), 100u);
}

TEST_F(ingest_limits_test, very_many_replies_are_a_flood_of_their_call) {
  limit().set_flood_after(5);
  ASSERT_TRUE(take({mail(1)}));
  std::vector<mail_item> many;
  for (uint64_t uid = 2; uid <= 60; ++uid) many.push_back(reply(uid));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(call(1).updates(), 59u);
  EXPECT_EQ(call(1).flood_mails(), 55u);
  EXPECT_EQ(mails_to(group).size(), 1u + 4u + 1u) << "logged, updated, and the flood";
  EXPECT_EQ(update(1, 59).kind(), record::v1::CallUpdate::FLOOD);
}

TEST_F(ingest_limits_test, ever_new_senders_of_one_domain_are_one_flood) {
  limit().set_flood_after(5);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 100; ++uid)
    many.push_back(mail(uid, "x" + std::to_string(uid) + "@evil.test"));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(count(keys::kind::call), 20u);
  EXPECT_EQ(call(20).flood_mails(), 80u);
  EXPECT_EQ(update(20, 1).evidence(),
            "Unproved senders of one domain wrote very many mails within a short time; this is "
            "number 1 of those added to this call.");
}

TEST_F(ingest_limits_test, forwards_are_limited_and_none_of_a_flood_goes_out) {
  forward_alarms();
  limit().set_flood_after(3);
  limit().set_per_recipient(2);
  std::vector<mail_item> many;
  for (uint64_t uid = 1; uid <= 10; ++uid) many.push_back(mail(uid));
  ASSERT_TRUE(take(std::move(many)));
  EXPECT_EQ(mails_to("boss@example.net").size(), 2u);
  const auto entries = all<record::v1::LedgerEntry>(keys::kind::ledger);
  EXPECT_EQ(entries[2].notes(0),
            "It is not forwarded to boss@example.net: its address had its 2 "
            "forwarded mails within 1h.");
  EXPECT_EQ(*entries[3].notes().rbegin(), "It is not forwarded: it is one of very many mails.");
}

TEST_F(ingest_limits_test, of_another_helpdesks_mail_the_group_is_told_and_its_mark_goes_along) {
  forward_alarms();
  ASSERT_TRUE(take({mail(1, "desk@example.net", "X-Postroom-Loop: 0123\r\n")}));
  EXPECT_EQ(mails_to(group), names{"logged to group"});
  EXPECT_EQ(mails_to("boss@example.net").size(), 1u);
  EXPECT_EQ(count(keys::kind::outbox), 2u) << "its author is not answered";
  for (const auto& e : all<record::v1::OutboxEntry>(keys::kind::outbox))
    EXPECT_EQ(e.loop_mark(), reply_keys->loop_mark + " 0123");
}

TEST_F(ingest_limits_test, a_programs_mail_is_not_forwarded_to_where_it_came_from) {
  auto& rule = *config.add_rules();
  rule.set_name("on");
  auto& when = *rule.add_when();
  when.set_field("subject");
  when.set_contains("alarm");
  rule.mutable_then()->set_forward("desk@example.net");
  ASSERT_TRUE(take({mail(1, "desk@example.net", "X-Postroom-Loop: 0123\r\n"), mail(2)}));
  EXPECT_EQ(mails_to("desk@example.net").size(), 1u);
}

TEST_F(ingest_limits_test,
       an_own_mail_that_comes_back_is_suppressed_makes_nobody_known_and_is_kept) {
  ASSERT_TRUE(take({mail(1)}));
  const auto sent = record<record::v1::OutboxEntry>(keys::outbox(1));
  auto back = item_of(2, sent.message_id(), "helpdesk@example.org",
                      "Subject: [IT-000001] alarm\r\nAuto-Submitted: auto-generated\r\n"
                      "X-Postroom-Loop: 0123 " +
                          reply_keys->loop_mark + "\r\n");
  auto b = batch_of({back});
  auto found = ingest::look_up(*unit, {b}, {}, *model_of(config), *reply_keys);
  ASSERT_TRUE(found);
  EXPECT_FALSE(ingest::needs_sender(b->items[0], found->mails[0][0]));
  ASSERT_TRUE(take({b}));
  const auto entry = all<record::v1::LedgerEntry>(keys::kind::ledger)[1];
  EXPECT_EQ(ledger()[1], "it-in/7/2 suppressed:own");
  EXPECT_EQ(entry.note(),
            "one of this partition's own mails came back; it is about call IT-000001");
  EXPECT_EQ(raw_of(entry.mail()), *back.raw);
  EXPECT_EQ(count(keys::kind::call), 1u);
}

}  // namespace
}  // namespace postroom::actors::test

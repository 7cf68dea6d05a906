#include "actors/outbox.hpp"
#include "partitions/address_marks.hpp"
#include "tests/actors/ingest_fixture.hpp"

namespace postroom::actors::test {
namespace {

using names = std::vector<std::string>;

/// Reports, automatic answers, and the mail of ours that they speak of.
struct ingest_notice_test : ingest_test {
  void SetUp() override {
    ASSERT_TRUE(take({call_item(1, "red")}));
    sent = record<record::v1::OutboxEntry>(keys::outbox(1)).message_id();
  }
  mail_item notice(uint64_t uid, const std::string& raw) {
    auto item = call_item(uid, "unused");
    item.what = mail_item::kind::notice;
    item.raw = std::make_shared<const std::string>(raw);
    item.parsed = std::make_shared<const mail::parsed_mail>(*mail::parse(*item.raw));
    item.content_hash = item.parsed->content_hash;
    return item;
  }
  mail_item bounce(uint64_t uid, const std::string& about, const char* action = "failed",
                   const std::string& recipient = "una@example.com") {
    return notice(uid,
                  "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered\r\n"
                  "Message-ID: <n" +
                      std::to_string(uid) +
                      "@mx>\r\n"
                      "Content-Type: multipart/report; report-type=delivery-status;"
                      " boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n"
                      "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n"
                      "\r\nFinal-Recipient: rfc822; " +
                      recipient + "\r\nAction: " + action +
                      "\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n"
                      "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" +
                      about + ">\r\n\r\n--b--\r\n");
  }
  mail_item away(uint64_t uid, const std::string& about) {
    return notice(uid, "From: una@example.com\r\nSubject: Out of office\r\nMessage-ID: <a" +
                           std::to_string(uid) +
                           "@x>\r\nAuto-Submitted: auto-replied\r\n"
                           "In-Reply-To: <" +
                           about + ">\r\n\r\nI am away.\r\n");
  }
  record::v1::Call call() const { return record<record::v1::Call>(keys::call(call_number{1})); }
  record::v1::CallUpdate update() const {
    return record<record::v1::CallUpdate>(keys::call_update(call_number{1}, 1));
  }
  std::string sent;
};

TEST_F(ingest_notice_test, a_rule_on_the_origin_may_tag_forward_or_suppress_a_notice) {
  auto& tag = *config.add_rules();
  tag.set_name("reports");
  tag.add_when()->set_field("origin");
  tag.mutable_when(0)->set_is("report");
  tag.mutable_then()->add_tags("bounced");
  tag.mutable_then()->set_forward("post@example.net");
  auto& absent = *config.add_rules();
  absent = tag;
  absent.set_name("absent");
  absent.mutable_when(0)->set_is("out_of_office");
  absent.mutable_then()->Clear();
  absent.mutable_then()->set_suppress("absent");
  ASSERT_TRUE(take({bounce(2, sent), away(3, sent), bounce(4, "other@x")}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 updated");
  EXPECT_EQ(ledger()[2], "it-in/7/3 suppressed:absent");
  EXPECT_EQ(call().tags(0), "bounced");
  EXPECT_EQ(call().updates(), 1u);
  EXPECT_EQ(all<record::v1::OutboxEntry>(keys::kind::outbox).back().kind(), "forward");
  EXPECT_EQ(record<record::v1::RuleHits>(keys::rule_hits("reports")).hits(), 2u);
  const auto other = record<record::v1::LedgerEntry>(keys::ledger(bounce(4, "x").key));
  EXPECT_EQ(other.origin(), "report");
  const auto notes = other.notes();
  EXPECT_EQ(notes.at(notes.size() - 1),
            "The routing rule \"reports\" fitted: origin is \"report\".");
}

TEST_F(ingest_notice_test, a_bounce_goes_to_the_mail_and_the_call_it_speaks_of) {
  ASSERT_TRUE(take({bounce(2, sent)}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 updated"}));
  EXPECT_EQ(call().updates(), 1u);
  EXPECT_EQ(update().kind(), record::v1::CallUpdate::REPORT);
  EXPECT_EQ(update().notes(0),
            "A notice (bounce) about the mail of kind acknowledgement to una@example.com: failed "
            "5.1.1 (550 no such user).");
  const auto told = record<record::v1::OutboxRecipient>(keys::outbox_report(1, 0));
  EXPECT_EQ(told.report(), "failed");
  EXPECT_EQ(told.report_status(), "5.1.1");
  EXPECT_EQ(told.reported_at(), to_millis(noon));
  const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(2, "x").key));
  EXPECT_EQ(entry.outbox(), 1u);
  EXPECT_NE(entry.mail(), 0u) << "its bytes are kept";
}

TEST_F(ingest_notice_test, a_notice_answers_nobody_opens_nothing_and_makes_nobody_known) {
  auto closed = call();
  closed.set_state(record::v1::CLOSED);
  storage::write_batch batch;
  batch.put(keys::call(call_number{1}), closed.SerializeAsString());
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  ASSERT_TRUE(take({bounce(2, sent), away(3, sent)}));
  EXPECT_EQ(call().state(), record::v1::CLOSED);
  EXPECT_EQ(call().updates(), 2u);
  EXPECT_EQ(count(keys::kind::outbox), 1u);
  EXPECT_EQ(update().by().person(), 0u);
}

TEST_F(ingest_notice_test, a_notice_of_no_mail_of_ours_is_kept_and_becomes_no_call) {
  ASSERT_TRUE(
      take({bounce(2, "unknown@x"), away(3, "unknown@x"), bounce(4, "other@x", "delayed")}));
  EXPECT_EQ(ledger(), (names{"it-in/7/1 logged", "it-in/7/2 suppressed:bounce",
                             "it-in/7/3 suppressed:out_of_office", "it-in/7/4 suppressed:delay"}));
  EXPECT_EQ(count(keys::kind::call), 1u);
  EXPECT_EQ(count(keys::kind::mail), 4u);
}

TEST_F(ingest_notice_test, a_bounce_of_a_mail_of_ours_about_no_call_is_told_from_a_strangers) {
  record::v1::OutboxEntry summary;
  summary.set_id(9);
  summary.set_kind("command_answer");
  summary.set_message_id("summary@example.org");
  summary.add_recipients()->set_address("ana@example.org");
  storage::write_batch batch;
  outbox::add(batch, summary);
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  ASSERT_TRUE(take({bounce(2, "summary@example.org", "failed", "ana@example.org")}));
  const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(2, "x").key));
  EXPECT_EQ(entry.reason(), "bounce");
  EXPECT_EQ(entry.note(), "it speaks of a mail from here that is about no call");
}

TEST_F(ingest_notice_test, a_forged_bounce_that_knows_only_the_call_changes_nothing_of_our_mail) {
  auto forged = bounce(2, "x.IT-000001.aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org");
  ASSERT_TRUE(take({forged}));
  EXPECT_EQ(ledger()[1], "it-in/7/2 suppressed:bounce");
  EXPECT_EQ(count(keys::kind::outbox_report), 0u);
}

TEST_F(ingest_notice_test, an_automatic_answer_is_noted_at_the_mail_it_answers) {
  ASSERT_TRUE(take({away(2, sent)}));
  EXPECT_EQ(update().kind(), record::v1::CallUpdate::AUTO_REPLY);
  EXPECT_EQ(update().text(), "I am away.\n");
  EXPECT_NE(record<record::v1::OutboxRecipient>(keys::outbox_report(1, 0)).report(), "");
}

TEST_F(ingest_notice_test, a_bounce_of_a_mail_about_no_call_is_noted_at_it_and_marks_the_address) {
  record::v1::OutboxEntry answer;
  answer.set_id(9);
  answer.set_kind("command_answer");
  answer.set_message_id("answer@example.org");
  answer.add_recipients()->set_address("una@example.com");
  storage::write_batch batch;
  outbox::add(batch, answer);
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  auto taken = batch_of({bounce(2, "answer@example.org")});
  auto found = ingest::look_up(*unit, {taken}, {}, *taken->model, *reply_keys);
  ASSERT_TRUE(found);
  EXPECT_EQ(ingest::addresses_to_mark({taken}, *found, noon).size(), 1u);
  ASSERT_TRUE(take({bounce(2, "answer@example.org")}));
  const auto entry = record<record::v1::LedgerEntry>(keys::ledger(call_item(2, "x").key));
  EXPECT_EQ(ledger()[1], "it-in/7/2 suppressed:bounce");
  EXPECT_EQ(entry.outbox(), 9u);
  EXPECT_EQ(entry.note(), "it speaks of a mail from here that is about no call");
  EXPECT_EQ(entry.notes(0),
            "A notice (bounce) about the mail of kind command_answer to una@example.com: failed "
            "5.1.1 (550 no such user).");
  EXPECT_EQ(record<record::v1::OutboxRecipient>(keys::outbox_report(9, 0)).report_status(),
            "5.1.1");
}

TEST_F(ingest_notice_test, a_notice_that_becomes_nothing_says_why) {
  auto closed = call();
  closed.set_state(record::v1::CLOSED);
  closed.set_closed_at(to_millis(noon - duration{400LL * 86'400'000}));
  storage::write_batch batch;
  batch.put(keys::call(call_number{1}), closed.SerializeAsString());
  ASSERT_TRUE(unit->commit(owner, std::move(batch)));
  const std::string program = "Auto-Submitted: auto-replied\r\n";
  ASSERT_TRUE(take({bounce(2, "unknown@x"),
                    notice(3,
                           "From: una@example.com\r\nSubject: Away [IT-000001]\r\n"
                           "Message-ID: <c@x>\r\n" +
                               program + "\r\nAway.\r\n"),
                    notice(4,
                           "From: it@example.org\r\nSubject: [IT-000001] red\r\n"
                           "X-Postroom-Loop: " +
                               reply_keys->loop_mark + "\r\n" + program +
                               "Message-ID: <d@x>\r\n\r\nThank you.\r\n")}));
  auto entry = [&](uint64_t uid) {
    return record<record::v1::LedgerEntry>(keys::ledger(call_item(uid, "x").key));
  };
  EXPECT_EQ(entry(2).note(), "it proves no mail that was sent from here");
  EXPECT_EQ(entry(2).notes(0), "The notice (bounce) is about una@example.com: failed 5.1.1.");
  EXPECT_EQ(entry(3).note(),
            "it names IT-000001: its subject names the call, but that call is closed");
  EXPECT_EQ(entry(3).notes(0), "The notice (auto_reply) is known by Auto-Submitted: auto-replied.");
  EXPECT_EQ(entry(4).note(), "one of this partition's own mails came back");
}

TEST_F(ingest_notice_test, a_bounce_names_the_addresses_to_mark) {
  auto taken = batch_of({bounce(2, sent), bounce(3, sent, "delayed"), bounce(4, "unknown@x")});
  auto found = ingest::look_up(*unit, {taken}, {}, *taken->model, *reply_keys);
  ASSERT_TRUE(found);
  const auto marks = ingest::addresses_to_mark({taken}, *found, noon);
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].address(), "una@example.com");
  EXPECT_EQ(marks[0].status(), "5.1.1");
}

TEST_F(ingest_notice_test, a_complaint_marks_the_address_and_other_feedback_does_not) {
  auto feedback = [&](uint64_t uid, const std::string& type) {
    return notice(
        uid, "From: fbl@example.net\r\nSubject: x\r\nMessage-ID: <f" + std::to_string(uid) +
                 "@x>\r\nContent-Type: multipart/report; "
                 "report-type=feedback-report; boundary=b\r\n\r\n"
                 "--b\r\n\r\nx\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
                 "Feedback-Type: " +
                 type + "\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <" + sent +
                 ">\r\nSubject: red\r\n\r\nx\r\n--b--\r\n");
  };
  auto taken =
      batch_of({feedback(2, "abuse"), feedback(3, "auth-failure"), feedback(4, "not-spam")});
  auto found = ingest::look_up(*unit, {taken}, {}, *taken->model, *reply_keys);
  ASSERT_TRUE(found);
  const auto marks = ingest::addresses_to_mark({taken}, *found, noon);
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].address(), "una@example.com");
  EXPECT_TRUE(partitions::is_complaint(marks[0]));
  EXPECT_TRUE(partitions::keeps_mails_away(marks[0]));
  EXPECT_EQ(marks[0].diagnostic(), "abuse");
}

TEST_F(ingest_notice_test, a_bounce_of_where_a_mail_was_passed_on_to_marks_nobody) {
  auto taken = batch_of({bounce(2, sent, "failed", "una@old.example.net")});
  auto found = ingest::look_up(*unit, {taken}, {}, *taken->model, *reply_keys);
  ASSERT_TRUE(found);
  EXPECT_TRUE(ingest::addresses_to_mark({taken}, *found, noon).empty());
}

}  // namespace
}  // namespace postroom::actors::test

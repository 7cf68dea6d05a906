#include "app/admin_changes.hpp"

#include "app/admin_reads.hpp"
#include "tests/app/stores.hpp"

namespace postroom::app {
namespace {

using record::v1::OutboxRecipient;

/// A backend that notes what it is asked.
struct admin_changes : testing::Test, two_partitions {
  admin_changes() {
    backend.change_outbox = [this](const actors::change_outbox& c) {
      asked.push_back(c);
      return outbox_answer;
    };
    backend.discard = [this](const actors::discard_mail& d) {
      discards.push_back(d);
      return result<record::v1::QuarantineEntry>{record::v1::QuarantineEntry{}};
    };
  }
  static admin::v1::CancelOutboxRequest cancel(const std::string& reason,
                                               const std::string& who = "olga") {
    admin::v1::CancelOutboxRequest r;
    r.set_partition("IT");
    r.set_id(7);
    r.set_reason(reason);
    r.set_who(who);
    return r;
  }
  admin_backend backend;
  std::vector<actors::change_outbox> asked;
  std::vector<actors::discard_mail> discards;
  result<record::v1::OutboxEntry> outbox_answer = record::v1::OutboxEntry{};
};

}  // namespace

TEST_F(admin_changes, a_cancel_hands_on_who_and_why_without_blanks_around_them) {
  ASSERT_TRUE(cancel_outbox(backend, cancel(" \t wrong address\n", " olga ")));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].what, actors::change_outbox::kind::cancel);
  EXPECT_EQ(asked[0].partition.value, "IT");
  EXPECT_EQ(asked[0].entry, 7u);
  EXPECT_EQ(asked[0].reason, "wrong address");
  EXPECT_EQ(asked[0].who, "olga");
}

TEST_F(admin_changes, a_reason_must_be_there_and_be_short) {
  for (const auto* blank : {"", "   ", "\r\n\t"}) {
    const auto got = cancel_outbox(backend, cancel(blank));
    ASSERT_EQ(got.code(), ec::config_invalid);
    EXPECT_EQ(got.error().detail, "reason: is blank; say in a few words why (--reason TEXT)");
  }
  const auto got = cancel_outbox(backend, cancel(std::string(1001, 'x')));
  ASSERT_EQ(got.code(), ec::config_invalid);
  EXPECT_EQ(got.error().detail, "reason: it is 1001 bytes long; use at most 1000");
  EXPECT_TRUE(cancel_outbox(backend, cancel(std::string(1000, 'x'))));
  admin::v1::DiscardQuarantineRequest discard;
  discard.set_partition("IT");
  discard.set_who("olga");
  EXPECT_EQ(discard_quarantine(backend, discard).code(), ec::config_invalid);
  EXPECT_EQ(asked.size(), 1u);
  EXPECT_TRUE(discards.empty());
}

TEST_F(admin_changes, every_change_names_who_asks_and_the_partition) {
  EXPECT_EQ(cancel_outbox(backend, cancel("why", " ")).error().detail,
            "who: is blank; name the person who asks");
  admin::v1::RetryOutboxRequest retry;
  retry.set_who("olga");
  EXPECT_EQ(retry_outbox(backend, retry).error().detail,
            "partition: is blank; name one, such as IT");
  EXPECT_TRUE(asked.empty());
}

TEST_F(admin_changes, answers_leave_the_texts_out_and_errors_come_as_they_are) {
  outbox_answer->set_id(7);
  outbox_answer->set_text("Dear you");
  outbox_answer->set_html("<p>Dear you</p>");
  const auto got = cancel_outbox(backend, cancel("why"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->partition(), "IT");
  EXPECT_EQ(got->entry().id(), 7u);
  EXPECT_EQ(got->entry().text() + got->entry().html(), "");
  outbox_answer = fail(ec::conflict, "being sent");
  EXPECT_EQ(cancel_outbox(backend, cancel("why")).code(), ec::conflict);
}

TEST_F(admin_changes, a_cancelled_mail_is_listed_but_is_no_dead_letter) {
  it.cancelled(1, 10, 5);
  it.outbox(2, 11, 6, OutboxRecipient::DEAD);
  it.outbox(3, 12, 7, OutboxRecipient::SENT);
  admin::v1::ListOutboxRequest request;
  const auto list = list_outbox(units, request);
  ASSERT_EQ(list->items_size(), 2);
  EXPECT_EQ(list->items(1).entry().actions(0).who(), "olga");
  request.set_dead_only(true);
  EXPECT_EQ(list_outbox(units, request)->items_size(), 1);
}

TEST_F(admin_changes, a_discarded_mail_is_listed_only_when_asked_for) {
  it.quarantine(1, 10);
  it.discarded(2, 11);
  admin::v1::ListQuarantineRequest request;
  EXPECT_EQ(list_quarantine(units, request)->items_size(), 1);
  request.set_include_discarded(true);
  EXPECT_EQ(list_quarantine(units, request)->items_size(), 2);
}

TEST_F(admin_changes, a_mail_in_quarantine_comes_with_what_the_ledger_knows_of_it) {
  it.quarantine(4, 10);
  record::v1::LedgerEntry e;
  e.mutable_key()->set_mailbox("it-imap");
  e.set_outcome(record::v1::QUARANTINED);
  e.set_seen_at(9);
  admin::v1::GetQuarantineRequest request;
  request.set_partition("IT");
  request.set_mail(4);
  EXPECT_FALSE(get_quarantine(units, request)->has_ledger());
  it.put(storage::keys::ledger(e.key()), e.SerializeAsString());
  const auto got = get_quarantine(units, request);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->entry().reason(), "mail_unparsable");
  EXPECT_EQ(got->ledger().seen_at(), 9);
  request.set_mail(5);
  EXPECT_EQ(get_quarantine(units, request).error().detail,
            "there is no mail IT/5 that was quarantined or suppressed; `postroom quarantine --all` "
            "and `postroom ledger` list them");
  request.set_partition("XX");
  EXPECT_EQ(get_quarantine(units, request).error().detail,
            "partition XX is not open; open are: HR, IT");
}

TEST_F(admin_changes, records_of_before_there_were_actions_read_as_untouched) {
  // id 7, one DEAD recipient "a@b", settled: bytes as 0.1.0 wrote them before these fields.
  record::v1::OutboxEntry outbox;
  ASSERT_TRUE(
      outbox.ParseFromString(std::string{"\x08\x07\x52\x07\x0a\x03"
                                         "a@b"
                                         "\x10\x02\x68\x01"}));
  EXPECT_EQ(outbox.recipients(0).state(), OutboxRecipient::DEAD);
  EXPECT_TRUE(outbox.settled());
  EXPECT_EQ(outbox.actions_size(), 0);
  EXPECT_EQ(outbox.tries_since(), 0);
  record::v1::QuarantineEntry quarantined;
  ASSERT_TRUE(quarantined.ParseFromString(std::string{"\x08\x04\x1a\x01x\x30\x09"}));
  EXPECT_EQ(quarantined.at(), 9);
  EXPECT_EQ(quarantined.discarded_at(), 0);
}

}  // namespace postroom::app

#include "app/call_history.hpp"

#include "tests/app/audited.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

/// A mail of IT that went through the quarantine, its call, and an acknowledgement retried by hand.
struct call_past : testing::Test, two_partitions {
  epoch owner;

  void SetUp() override {
    record::v1::Call c;
    c.set_number(7);
    c.set_partition("IT");
    c.set_created_at(400);
    c.set_template_("Mail to IT");
    c.set_priority("P1");
    c.set_mail(3);
    c.mutable_key()->set_mailbox("it-imap");
    c.mutable_key()->set_uid_validity(1);
    c.mutable_key()->set_uid(12);
    it.put(storage::keys::call(call_number{7}), c.SerializeAsString());
    record::v1::LedgerEntry seen;
    *seen.mutable_key() = c.key();
    seen.set_seen_at(100);
    it.put(storage::keys::ledger(seen.key()), seen.SerializeAsString());
    it.quarantine(3, 200, "no header");
    acknowledged();
    owner = *it.unit().store->claim();
  }

  void acknowledged() {
    record::v1::OutboxEntry e;
    e.set_id(1);
    e.set_call(7);
    e.set_kind("acknowledgement");
    e.set_created_at(401);
    e.set_next_attempt_at(900);
    auto* sent = e.add_recipients();
    sent->set_address("ann@example.org");
    sent->set_state(record::v1::OutboxRecipient::SENT);
    sent->set_attempts(1);
    sent->set_last_reply("250 done");
    sent->set_settled_at(500);
    auto* waits = e.add_recipients();
    waits->set_address("bob@example.org");
    waits->set_attempts(2);
    auto* action = e.add_actions();
    action->set_kind(record::v1::OutboxAction::RETRIED);
    action->set_at(600);
    action->set_who("olga");
    action->set_reason("mended it");
    it.put(storage::keys::outbox(1), e.SerializeAsString());
    it.put(storage::keys::outbox_of_call(call_number{7}, 1), "");
  }

  void audited_as(const std::string& what, int64_t at, const std::string& about) {
    auto entry = audited::entry(at, what, "IT", "olga");
    entry.set_detail(about);
    ASSERT_TRUE(storage::audit::commit("partition-IT", *it.unit().store, owner, {}, entry));
  }

  std::vector<std::string> events(const access::caller& who) const {
    admin::v1::CallHistoryRequest request;
    request.set_call("it-7");
    const auto history = call_history(units, request, who);
    if (!history) return {history.error().text()};
    std::vector<std::string> out;
    for (const auto& e : history->events())
      out.push_back(std::to_string(e.at()) + " " + e.what() + " " + e.about() +
                    (e.from().empty() ? "" : " from " + e.from()));
    return out;
  }
  static access::caller viewer() {
    return {"kim", "10.0.0.9", {{access::right::VIEW_CALLS, {true, {}}}}};
  }
  static access::caller auditor() { return access::caller::machine_operator("root", "unix"); }
  /// Of all that happened with call 7 once this came to it; a line each.
  std::string details_with(const record::v1::CallUpdate& update) {
    storage::write_batch batch;
    batch.put(storage::keys::call_update(call_number{7}, 1), update.SerializeAsString());
    EXPECT_TRUE(it.unit().store->commit(owner, std::move(batch)));
    admin::v1::CallHistoryRequest request;
    request.set_call("it-7");
    const auto history = call_history(units, request, viewer());
    EXPECT_TRUE(history);
    std::string out;
    if (history)
      for (const auto& e : history->events()) out += e.detail() + "\n";
    return out;
  }
};

}  // namespace

TEST_F(call_past, comes_in_the_order_of_time_from_the_mail_to_what_still_waits) {
  EXPECT_EQ(
      events(auditor()),
      (std::vector<std::string>{
          "100 mail seen mailbox it-imap", "200 quarantined mail IT/3", "400 logged call IT-000007",
          "401 written mail IT/1", "500 sent mail IT/1 to ann@example.org",
          "600 outbox retried mail IT/1", "900 waiting mail IT/1 to bob@example.org"}));
}

TEST_F(call_past, the_audit_adds_where_from_and_what_left_no_other_trace) {
  audited_as("outbox retried", 600, "mail IT/1");
  audited_as("quarantine discarded", 300, "mail IT/3");
  const auto got = events(auditor());
  ASSERT_EQ(got.size(), 8u);
  EXPECT_EQ(got[2], "300 quarantine discarded mail IT/3 from 10.0.0.7");
  EXPECT_EQ(got[6], "600 outbox retried mail IT/1 from 10.0.0.7");
}

TEST_F(call_past, tells_what_came_to_the_call_and_what_was_changed_once_with_where_from) {
  record::v1::CallUpdate u;
  u.set_call(7);
  u.set_kind(record::v1::CallUpdate::REPLY);
  u.set_at(410);
  storage::write_batch batch;
  batch.put(storage::keys::call_update(call_number{7}, 1), u.SerializeAsString());
  u.set_kind(record::v1::CallUpdate::CHANGE);
  u.set_at(420);
  u.set_who("olga");
  u.add_changed("state: OPEN -> CLOSED");
  batch.put(storage::keys::call_update(call_number{7}, 2), u.SerializeAsString());
  ASSERT_TRUE(it.unit().store->commit(owner, std::move(batch)));
  audited_as("call changed", 420, "call IT-000007");
  const auto got = events(auditor());
  ASSERT_EQ(got.size(), 9u);
  EXPECT_EQ(got[4], "410 reply call IT-000007");
  EXPECT_EQ(got[5], "420 call changed call IT-000007 from 10.0.0.7");
}

TEST_F(call_past, tells_with_an_update_who_was_not_told_of_it) {
  record::v1::CallUpdate u;
  u.set_kind(record::v1::CallUpdate::CHANGE);
  u.set_at(420);
  u.add_changed("state: OPEN -> CLOSED");
  u.add_notes("The user is not told.");
  const auto details = details_with(u);
  EXPECT_NE(details.find("state: OPEN -> CLOSED; The user is not told.\n"), std::string::npos)
      << details;
}

TEST_F(call_past, tells_with_an_update_that_its_sender_is_not_proved) {
  record::v1::CallUpdate u;
  u.set_kind(record::v1::CallUpdate::REPLY);
  u.set_at(420);
  u.set_trust(record::v1::UNALIGNED);
  u.set_trust_evidence("dmarc=fail");
  const auto details = details_with(u);
  EXPECT_NE(details.find("sender not proved, may be forged (dmarc=fail)\n"), std::string::npos)
      << details;
}

TEST_F(call_past, shows_nothing_of_the_audit_to_who_may_not_read_it) {
  audited_as("outbox retried", 600, "mail IT/1");
  audited_as("quarantine discarded", 300, "mail IT/3");
  const auto got = events(viewer());
  ASSERT_EQ(got.size(), 7u);
  EXPECT_EQ(got[5], "600 outbox retried mail IT/1");
}

TEST_F(call_past, leaves_out_what_the_audit_says_of_other_mails) {
  audited_as("quarantine discarded", 300, "mail IT/1");  // the outbox has a mail of this number
  audited_as("outbox retried", 300, "mail IT/3");        // and the quarantine one of that
  EXPECT_EQ(events(auditor()).size(), 7u);
}

TEST_F(call_past, a_call_that_is_not_there_is_said_so) {
  admin::v1::CallHistoryRequest request;
  request.set_call("IT-8");
  EXPECT_EQ(call_history(units, request, auditor()).code(), ec::not_found);
}

TEST_F(cli, the_history_of_a_call_is_a_table_or_json) {
  it.call(5, 1'795'442'021'042);
  it.outbox(2, 1'795'442'021'043, 5, record::v1::OutboxRecipient::DEAD);
  EXPECT_EQ(run({"call", "IT-5", "--history"}), exit_done) << err.str();
  EXPECT_TRUE(shows_row("2026-11-23 13:53:41Z logged call IT-000005 -")) << out.str();
  EXPECT_TRUE(shows_row("dead mail IT/2 to ann@example.org")) << out.str();
  EXPECT_EQ(run({"call", "IT-5", "--history", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::CallHistoryResponse>(out.str()).events_size(), 3);
}

}  // namespace postroom::app

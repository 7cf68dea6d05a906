#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

record::v1::OutboxEntry acted_on(record::v1::OutboxAction::Kind kind) {
  record::v1::OutboxEntry e;
  e.set_id(7);
  auto* action = e.add_actions();
  action->set_kind(kind);
  action->add_before()->set_address("ann@example.org");
  action->add_before()->set_address("bob@example.org");
  return e;
}

}  // namespace

TEST_F(cli, a_retry_names_the_entry_and_who_asks_and_says_who_gets_the_mail) {
  outbox_answer = acted_on(record::v1::OutboxAction::RETRIED);
  EXPECT_EQ(run({"outbox", "retry", "it/7"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), "IT/7 is due now for ann@example.org, bob@example.org\n");
  ASSERT_EQ(outbox_asked.size(), 1u);
  EXPECT_EQ(outbox_asked[0].what, actors::change_outbox::kind::retry);
  EXPECT_EQ(outbox_asked[0].partition.value, "IT");
  EXPECT_EQ(outbox_asked[0].entry, 7u);
  EXPECT_EQ(outbox_asked[0].who, "tester");
}

TEST_F(cli, a_cancel_hands_on_its_reason_and_says_who_does_not_get_the_mail) {
  outbox_answer = acted_on(record::v1::OutboxAction::CANCELLED);
  EXPECT_EQ(run({"outbox", "cancel", "IT/7", "--reason", "wrong address"}), exit_done);
  EXPECT_EQ(out.str(),
            "IT/7 is cancelled and will not be sent to ann@example.org, bob@example.org\n");
  ASSERT_EQ(outbox_asked.size(), 1u);
  EXPECT_EQ(outbox_asked[0].what, actors::change_outbox::kind::cancel);
  EXPECT_EQ(outbox_asked[0].reason, "wrong address");
}

TEST_F(cli, a_discard_hands_on_its_reason_and_who_asks) {
  EXPECT_EQ(run({"quarantine", "discard", "HR/3", "--reason", "an advertisement"}), exit_done);
  EXPECT_EQ(out.str(), "HR/3 is discarded; the mail itself is kept\n");
  ASSERT_EQ(discard_asked.size(), 1u);
  EXPECT_EQ(discard_asked[0].partition.value, "HR");
  EXPECT_EQ(discard_asked[0].mail.value, 3u);
  EXPECT_EQ(discard_asked[0].reason, "an advertisement");
  EXPECT_EQ(discard_asked[0].who, "tester");
}

TEST_F(cli, each_action_answers_in_json_when_asked) {
  outbox_answer = acted_on(record::v1::OutboxAction::RETRIED);
  EXPECT_EQ(run({"outbox", "retry", "IT/7", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::RetryOutboxResponse>(out.str()).entry().id(), 7u);
  EXPECT_EQ(run({"outbox", "cancel", "IT/7", "--reason", "r", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::CancelOutboxResponse>(out.str()).partition(), "IT");
  discard_answer->set_discarded_by("tester");
  EXPECT_EQ(run({"quarantine", "discard", "IT/3", "--reason", "r", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::DiscardQuarantineResponse>(out.str()).entry().discarded_by(),
            "tester");
  it.quarantine(3, 10);
  EXPECT_EQ(run({"quarantine", "show", "IT/3", "--json"}), exit_done);
  EXPECT_EQ(from_json<admin::v1::GetQuarantineResponse>(out.str()).entry().mail(), 3u);
}

TEST_F(cli, an_id_that_is_none_is_wrong_usage_and_nothing_is_asked) {
  for (const auto* id : {"7", "IT-7", "IT/", "IT/x", "IT/7x", "/7", "IT/0", "IT/-1", "IT/7/8"}) {
    EXPECT_EQ(run({"outbox", "retry", id}), exit_usage) << id;
    EXPECT_EQ(err.str(), "postroom: PARTITION/ID: \"" + std::string{id} +
                             "\" is not an id such as IT/12; `postroom outbox` lists them\n");
  }
  EXPECT_EQ(run({"quarantine", "discard", "x\x1b", "--reason", "r"}), exit_usage);
  EXPECT_TRUE(complains("`postroom quarantine` lists them"));
  EXPECT_EQ(err.str().find('\x1b'), std::string::npos);
  EXPECT_TRUE(outbox_asked.empty() && discard_asked.empty());
}

TEST_F(cli, a_reason_that_is_blank_is_refused_by_name) {
  for (const auto& args :
       std::vector<std::vector<std::string>>{{"outbox", "cancel"}, {"quarantine", "discard"}}) {
    EXPECT_EQ(run({args[0], args[1], "IT/7", "--reason", "  "}), exit_failed);
    EXPECT_EQ(err.str(), "postroom: reason: is blank; say in a few words why (--reason TEXT)\n");
    EXPECT_EQ(run({args[0], args[1], "IT/7"}), exit_usage);
    EXPECT_TRUE(complains("--reason is missing"));
    EXPECT_TRUE(complains("usage: postroom " + args[0] + " " + args[1] + " PARTITION/ID"));
  }
  EXPECT_TRUE(outbox_asked.empty() && discard_asked.empty());
}

TEST_F(cli, what_the_server_refuses_is_one_clear_line) {
  outbox_answer = fail(ec::conflict, "mail IT/7 is being sent right now; nothing was changed");
  EXPECT_EQ(run({"outbox", "cancel", "IT/7", "--reason", "r"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: mail IT/7 is being sent right now; nothing was changed\n");
  outbox_answer = fail(ec::not_found, "partition XX does not run; running are: HR, IT");
  EXPECT_EQ(run({"outbox", "retry", "XX/7"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: partition XX does not run; running are: HR, IT\n");
  EXPECT_EQ(run({"quarantine", "show", "XX/1"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: partition XX is not open; open are: HR, IT\n");
}

TEST_F(cli, the_lists_print_the_ids_that_the_actions_take) {
  it.outbox(7, 10, 5, record::v1::OutboxRecipient::DEAD);
  hr.quarantine(3, 200);
  EXPECT_EQ(run({"outbox"}), exit_done);
  EXPECT_TRUE(shows_row("IT/7 IT-000005 acknowledgement")) << out.str();
  EXPECT_EQ(run({"quarantine"}), exit_done);
  EXPECT_TRUE(shows("HR/3")) << out.str();
}

TEST_F(cli, a_cancelled_mail_says_by_whom_and_why_in_the_outbox_and_in_its_call) {
  record::v1::Call call;
  call.set_number(5);
  call.set_partition("IT");
  it.put(storage::keys::call(call_number{5}), call.SerializeAsString());
  it.cancelled(7, 10, 5);
  for (const auto& args : std::vector<std::vector<std::string>>{{"outbox"}, {"call", "IT-5"}}) {
    EXPECT_EQ(run(args), exit_done);
    EXPECT_TRUE(shows("IT/7")) << out.str();
    EXPECT_TRUE(shows("cancelled by olga: wrong \uFFFD address")) << out.str();
  }
}

TEST_F(cli, a_mail_in_quarantine_is_shown_with_where_it_came_from_and_its_bytes) {
  it.quarantine(3, 10, "no header\x1b[2J");
  const std::string raw("Subject: \x1b[2J\r\n\r\n\0\xff", 19);
  it.mail(3, {raw}, raw.size());
  EXPECT_EQ(run({"quarantine", "show", "it/3"}), exit_done) << err.str();
  for (const auto* part : {"IT/3 mail_unparsable", "detail no header\uFFFD[2J", "mailbox it-imap",
                           "mail uid 0", "ledger no entry"})
    EXPECT_TRUE(shows_row(part)) << part << "\n" << out.str();
  EXPECT_FALSE(shows("Discarded"));
  EXPECT_EQ(run({"quarantine", "show", "IT/3", "--raw"}), exit_done);
  EXPECT_EQ(out.str(), raw);
  term.tty = true;
  EXPECT_EQ(run({"quarantine", "show", "IT/3", "--raw"}), exit_done);
  EXPECT_EQ(out.str(), "Subject: \uFFFD[2J\n\n\uFFFD\uFFFD");
  EXPECT_EQ(run({"quarantine", "show", "IT/4", "--raw"}), exit_failed);
  EXPECT_TRUE(complains("there is no mail IT/4 that was quarantined or suppressed"));
}

TEST_F(cli, a_discarded_mail_is_listed_with_all_and_shown_with_by_whom_and_why) {
  it.discarded(3, 10);
  EXPECT_EQ(run({"quarantine"}), exit_done);
  EXPECT_EQ(out.str(), "the quarantine is empty\n");
  EXPECT_EQ(run({"quarantine", "--all"}), exit_done);
  EXPECT_TRUE(shows("discarded by olga: an advertisement")) << out.str();
  EXPECT_EQ(run({"quarantine", "show", "IT/3"}), exit_done);
  for (const auto* part : {"at 2026-11-23 13:53:41Z", "by olga", "reason an advertisement"})
    EXPECT_TRUE(shows_row(part)) << part << "\n" << out.str();
}

}  // namespace postroom::app

#include "app/cli.hpp"

#include <csignal>

#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

record::v1::Call full_call() {
  record::v1::Call c;
  c.set_number(123);
  c.set_partition("IT");
  c.set_created_at(1'795'442'021'042);
  c.set_subject("Printer \x1b[31mburns");
  c.set_text("Dear desk,\nit burns.\x07\n");
  c.set_priority("P1");
  c.set_impact("High");
  c.set_urgency("Normal");
  c.mutable_user()->set_name("Ann Lee");
  c.mutable_user()->set_address("ann@example.org");
  c.mutable_logging_analyst()->set_name("Bob Desk");
  c.set_mail(4);
  c.add_attachments()->set_name("photo.jpg");
  auto* d = c.mutable_decision();
  d->set_server("it-imap");
  d->set_template_("Mail");
  d->set_people_case(record::v1::UNKNOWN_SENDER);
  d->set_person_created(true);
  d->set_impact("High");
  d->set_urgency("Normal");
  d->set_priority("P1");
  d->add_notes("the subject was empty");
  return c;
}

}  // namespace

TEST_F(cli, calls_are_listed_newest_first_and_limited) {
  for (uint64_t i = 1; i <= 60; ++i)
    it.call(i, static_cast<int64_t>(i), "subject " + std::to_string(i));
  EXPECT_EQ(run({"calls"}), exit_done) << err.str();
  EXPECT_TRUE(shows("CALL"));
  EXPECT_TRUE(shows("IT-000060"));
  EXPECT_FALSE(shows("IT-000010 "));
  EXPECT_TRUE(shows("there are more"));
  EXPECT_EQ(run({"calls", "-n", "1"}), exit_done);
  EXPECT_FALSE(shows("IT-000059"));
  EXPECT_EQ(run({"calls", "-n", "100"}), exit_done);
  EXPECT_TRUE(shows("IT-000001"));
  EXPECT_FALSE(shows("there are more"));
}

TEST_F(cli, a_limit_of_nothing_is_refused) {
  EXPECT_EQ(run({"calls", "-n", "0"}), exit_usage);
  EXPECT_TRUE(complains("-n: use 1 or more"));
}

TEST_F(cli, a_partition_may_be_named_in_lower_case) {
  it.call(1, 1, "subject one");
  for (const char* list : {"calls", "outbox", "quarantine"})
    EXPECT_EQ(run({list, "-p", "it"}), exit_done) << err.str();
  EXPECT_EQ(run({"calls", "-p", "it"}), exit_done);
  EXPECT_TRUE(shows("IT-000001"));
}

TEST_F(cli, a_hundred_problems_are_printed_and_the_rest_counted) {
  std::string yaml = partition_yaml("IT") + "people:\n";
  for (int i = 0; i < 150; ++i)
    yaml += "- {name: p" + std::to_string(i) + ", user: true, addresses: [x]}\n";
  EXPECT_EQ(run({"check", "-f", file("it.yaml", yaml)}), exit_problems);
  EXPECT_TRUE(shows("more; --json shows all"));
  EXPECT_FALSE(shows("people[149]"));
}

TEST_F(cli, a_limit_over_one_page_gathers_pages) {
  for (uint64_t i = 1; i <= 1500; ++i) it.call(i, static_cast<int64_t>(i));
  EXPECT_EQ(run({"calls", "--limit", "1400", "--json"}), exit_done);
  const auto list = from_json<admin::v1::ListCallsResponse>(out.str());
  ASSERT_EQ(list.calls_size(), 1400);
  EXPECT_EQ(list.calls(1399).number(), 101u);
  EXPECT_NE(list.next_page_token(), "");
}

TEST_F(cli, no_calls_are_said_so) {
  EXPECT_EQ(run({"calls", "--partition", "HR"}), exit_done);
  EXPECT_EQ(out.str(), "no calls\n");
}

TEST_F(cli, a_call_is_shown_with_why_it_is_as_it_is) {
  const auto call = full_call();
  it.put(storage::keys::call(call_number{123}), call.SerializeAsString());
  it.outbox(7, 2, 123, record::v1::OutboxRecipient::DEAD);
  EXPECT_EQ(run({"call", "it-123"}), exit_done) << err.str();
  for (const auto* part :
       {"IT-000123", "2026-11-23 13:53:41Z", "Ann Lee <ann@example.org>", "Bob Desk", "it burns.",
        "photo.jpg", "unknown; a new person was created", "High impact x Normal urgency = P1",
        "the subject was empty", "it-imap", "dead", "550 no such user"})
    EXPECT_TRUE(shows(part)) << part << "\n" << out.str();
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos) << "the mail's control characters";
  EXPECT_EQ(out.str().find('\x07'), std::string::npos);
}

TEST_F(cli, a_call_as_json_has_everything_under_the_names_of_the_schema) {
  it.put(storage::keys::call(call_number{123}), full_call().SerializeAsString());
  EXPECT_EQ(run({"call", "IT-000123", "--json"}), exit_done);
  EXPECT_TRUE(shows("\"logging_analyst\""));
  EXPECT_EQ(from_json<admin::v1::GetCallResponse>(out.str()).call().text(), full_call().text());
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
}

TEST_F(cli, a_raw_mail_goes_byte_for_byte_into_a_file_and_safely_to_a_terminal) {
  it.put(storage::keys::call(call_number{123}), full_call().SerializeAsString());
  const std::string raw("Subject: \x1b[2J\r\n\r\n\0\xff", 19);
  it.mail(4, {raw.substr(0, 7), raw.substr(7)}, raw.size());
  EXPECT_EQ(run({"call", "IT-123", "--raw"}), exit_done) << err.str();
  EXPECT_EQ(out.str(), raw);
  term.tty = true;
  EXPECT_EQ(run({"call", "IT-123", "--raw"}), exit_done);
  EXPECT_EQ(out.str(), "Subject: \uFFFD[2J\n\n\uFFFD\uFFFD");
}

TEST_F(cli, a_missing_call_is_one_clear_line_and_status_1) {
  EXPECT_EQ(run({"call", "IT-9"}), exit_failed);
  EXPECT_EQ(err.str(), "postroom: there is no call IT-000009; `postroom calls` lists the newest\n");
  EXPECT_EQ(run({"call", "nonsense"}), exit_failed);
  EXPECT_TRUE(complains("is not a call number"));
}

TEST_F(cli, the_ledger_shows_counters_that_agree_with_its_entries) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  s.set_start_from("now");
  s.set_baseline_count(12);
  (*s.mutable_outcomes())["logged"] = 2;
  (*s.mutable_outcomes())["suppressed:duplicate"] = 1;
  (*s.mutable_outcomes())["suppressed:before_start"] = 12;
  it.state(s);
  it.ledger("it-imap", 13, record::v1::LOGGED);
  it.ledger("it-imap", 14, record::v1::LOGGED);
  it.ledger("it-imap", 15, record::v1::SUPPRESSED, "duplicate");
  auto* part_status = status_answer.add_partitions();
  part_status->set_id("IT");
  auto* live = part_status->add_mailboxes();
  live->set_name("it-imap");
  live->set_state("idle");
  live->set_reconciled_at(1'795'442'021'042);
  live->set_server_messages(15);
  EXPECT_EQ(run({"ledger", "--mailbox", "it-imap", "-n", "2"}), exit_done) << err.str();
  for (const auto* part :
       {"Mailbox it-imap, partition IT", "idle", "suppressed:duplicate 1", "all outcomes 15",
        "entries in the ledger, walked now 3", "there before the start, without entries 12",
        "together: agrees with all outcomes 15", "on the server at 2026-11-23 13:53:41Z 15",
        "of these without an outcome yet 0", "it-imap/1/15", "it-imap/1/14", "there are more"})
    EXPECT_TRUE(shows_row(part)) << part << "\n" << out.str();
  EXPECT_FALSE(shows("it-imap/1/13"));
}

TEST_F(cli, a_ledger_that_does_not_agree_says_so) {
  record::v1::MailboxState s;
  s.set_mailbox("it-imap");
  (*s.mutable_outcomes())["logged"] = 2;
  it.state(s);
  it.ledger("it-imap", 1, record::v1::LOGGED);
  EXPECT_EQ(run({"ledger", "-m", "it-imap"}), exit_done);
  EXPECT_TRUE(shows("DIFFERS")) << out.str();
  EXPECT_TRUE(shows("not polled"));
}

TEST_F(cli, quarantine_and_outbox_are_tables_or_said_to_be_empty) {
  EXPECT_EQ(run({"quarantine"}), exit_done);
  EXPECT_EQ(out.str(), "the quarantine is empty\n");
  EXPECT_EQ(run({"outbox"}), exit_done);
  EXPECT_EQ(out.str(), "the outbox is empty\n");
  hr.quarantine(3, 200, "no header\x1b]0;x");
  hr.outbox(1, 10, 5, record::v1::OutboxRecipient::DEAD);
  hr.outbox(2, 10, 6, record::v1::OutboxRecipient::SENT);
  EXPECT_EQ(run({"quarantine", "--partition", "HR"}), exit_done);
  EXPECT_TRUE(shows("mail_unparsable"));
  EXPECT_TRUE(shows("no header\uFFFD]0;x"));
  EXPECT_EQ(run({"outbox", "--dead"}), exit_done);
  EXPECT_TRUE(shows("HR-000005"));
  EXPECT_FALSE(shows("HR-000006"));
  EXPECT_EQ(run({"outbox", "--all"}), exit_done);
  EXPECT_TRUE(shows("HR-000006"));
}

TEST_F(cli, status_shows_partitions_mailboxes_and_senders) {
  status_answer.set_version("9.9");
  auto* p = status_answer.add_partitions();
  p->set_id("IT");
  p->set_state("degraded");
  p->mutable_sender()->set_server("it-smtp");
  p->mutable_sender()->set_state("idle");
  auto* box = p->add_mailboxes();
  box->set_name("it-imap");
  box->set_state("parked");
  box->set_last_error("auth_refused: NO \x1b[31m");
  EXPECT_EQ(run({"status"}), exit_done);
  for (const auto* part :
       {"Postroom 9.9", "degraded", "it-smtp", "it-imap", "parked", "auth_refused: NO \uFFFD[31m"})
    EXPECT_TRUE(shows(part)) << part << "\n" << out.str();
  term.colour = true;
  EXPECT_EQ(run({"status"}), exit_done);
  EXPECT_TRUE(shows("\x1b[31mparked\x1b[0m"));
}

TEST_F(cli, a_watch_looks_again_until_it_is_enough) {
  EXPECT_EQ(run({"status", "--watch", "--json"}), exit_done);
  EXPECT_EQ(pauses, 3);
  EXPECT_EQ(from_json<GetStatusResponse>("{}").partitions_size(), 0);
  const auto text = out.str();
  std::size_t looks = 0;
  for (auto at = text.find("settings_version"); at != std::string::npos;
       at = text.find("settings_version", at + 1))
    ++looks;
  EXPECT_EQ(looks, 3u);
}

TEST_F(cli, a_watch_clears_a_terminal_and_nothing_else) {
  EXPECT_EQ(run({"status", "--watch"}), exit_done);
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  pauses = 0;
  term.tty = true;
  EXPECT_EQ(run({"status", "--watch"}), exit_done);
  EXPECT_EQ(out.str().find("\x1b[H\x1b[2J"), 0u);
}

TEST_F(cli, a_watch_pauses_as_long_as_it_is_told) {
  std::vector<duration> pauses_asked;
  term.pause = [&](duration d) {
    pauses_asked.push_back(d);
    return false;
  };
  EXPECT_EQ(run({"status", "--watch"}), exit_done);
  EXPECT_EQ(run({"status", "--watch", "5"}), exit_done);
  EXPECT_EQ(pauses_asked, (std::vector<duration>{duration{2'000}, duration{5'000}}));
  EXPECT_EQ(run({"status", "--watch", "0"}), exit_usage);
  EXPECT_EQ(run({"status", "5"}), exit_usage);
  EXPECT_TRUE(complains("for --watch"));
}

TEST_F(cli, a_watch_says_that_the_server_is_away_and_goes_on) {
  server->stop();
  EXPECT_EQ(run({"status", "--watch"}), exit_done);
  EXPECT_EQ(pauses, 3);
  EXPECT_TRUE(complains("Is `postroom serve` running?"));
  EXPECT_TRUE(complains("it is tried again"));
}

TEST(process_terminal, ends_a_pause_when_somebody_presses_ctrl_c) {
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  pthread_kill(pthread_self(), SIGINT);
  const auto term = process_terminal({});
  EXPECT_FALSE(term.pause(duration{3'600'000}));
  EXPECT_TRUE(term.pause(duration{1}));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(cli, status_tells_how_far_a_mailbox_is_behind_and_when_it_is_tried_next) {
  auto* box = status_answer.add_partitions()->add_mailboxes();
  box->set_name("it-imap");
  box->set_state("parked");
  box->set_server_without_outcome(12);
  box->set_behind_since(1'795'442'021'042);
  box->set_last_success_at(1'795'442'022'042);
  box->set_next_try_at(1'795'442'023'042);
  box->set_last_error("auth_refused: NO");
  EXPECT_EQ(run({"status"}), exit_done);
  EXPECT_TRUE(
      shows_row("parked 12 2026-11-23 13:53:41Z 0 0 2026-11-23 13:53:42Z 2026-11-23 "
                "13:53:43Z auth_refused: NO"))
      << out.str();
  box->set_state("idle");
  EXPECT_EQ(run({"status"}), exit_done);
  EXPECT_FALSE(shows("13:53:43Z")) << "the time of an earlier pause";
}

}  // namespace postroom::app

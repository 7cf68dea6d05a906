#include "app/explain.hpp"

#include "storage/keys.hpp"
#include "tests/app/cli_fixture.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;

/// Mail 3 became call IT-000007, mail 4 an update of it, mail 5 nothing.
struct explain_test : testing::Test, two_partitions {
  void SetUp() override {
    box();
    logged();
    updated();
    entry(5, 22, record::v1::SUPPRESSED, "bounce");
  }
  static record::v1::MailKey key(uint64_t uid) {
    record::v1::MailKey k;
    k.set_mailbox("it-imap");
    k.set_uid_validity(1);
    k.set_uid(uid);
    return k;
  }
  void box() {
    record::v1::MailboxState state;
    state.set_mailbox("it-imap");
    state.set_uid_validity(1);
    it.put(keys::mailbox(mailbox_id{"it-imap"}), state.SerializeAsString());
  }
  record::v1::LedgerEntry entry(uint64_t mail, uint64_t uid, record::v1::Outcome outcome,
                                const std::string& reason = {}, uint64_t call = 0,
                                uint32_t update = 0) {
    record::v1::LedgerEntry e;
    *e.mutable_key() = key(uid);
    e.set_outcome(outcome);
    e.set_reason(reason);
    if (reason == "bounce") findings(e);
    if (reason == "bounce") e.set_note("it speaks of no mail that was sent from here");
    e.set_call(call);
    e.set_update(update);
    e.set_mail(mail);
    e.set_size(1234);
    e.set_seen_at(100);
    e.set_decided_at(400);
    it.put(keys::ledger(e.key()), e.SerializeAsString());
    record::v1::Mail stored;
    stored.set_id(mail);
    *stored.mutable_key() = key(uid);
    it.put(keys::mail(mail_id{mail}), stored.SerializeAsString());
    return e;
  }
  /// What the ledger keeps of every mail that could be read.
  static void findings(record::v1::LedgerEntry& e) {
    e.set_sender("MAILER-DAEMON@mx.example.net");
    e.set_trust(record::v1::UNCHECKED);
    e.set_trust_evidence("no results");
    e.set_origin("report");
    e.set_origin_evidence("a report about another mail");
    e.add_notes("The notice (bounce) is about the mail <x@y> to una@example.com: failed 5.1.1.");
  }
  void put(const record::v1::LedgerEntry& e) {
    it.put(keys::ledger(e.key()), e.SerializeAsString());
  }
  void message(const std::string& id, uint64_t call, uint64_t outbox = 0) {
    record::v1::MessageRef ref;
    ref.set_call(call);
    ref.set_outbox(outbox);
    it.put(keys::message(id), ref.SerializeAsString());
  }
  void logged() {
    record::v1::Call c;
    c.set_number(7);
    c.set_partition("IT");
    *c.mutable_key() = key(20);
    auto& why = *c.mutable_decision();
    why.set_trust(record::v1::ALIGNED);
    why.set_trust_evidence("dmarc=pass header.from=example.org");
    why.set_origin("person");
    why.add_rules("vip");
    why.add_notes("The server's call template is \"Mail\".");
    it.put(keys::call(call_number{7}), c.SerializeAsString());
    entry(3, 20, record::v1::LOGGED, {}, 7);
    message("first@x", 7);
    record::v1::OutboxEntry sent;
    sent.set_id(1);
    sent.set_kind("acknowledgement");
    sent.set_created_at(400);
    sent.add_recipients()->set_address("ann@example.org");
    sent.mutable_recipients(0)->set_state(record::v1::OutboxRecipient::SENT);
    sent.mutable_recipients(0)->set_last_reply("250 done");
    it.put(keys::outbox(1), sent.SerializeAsString());
    it.put(keys::outbox_of_call(call_number{7}, 1), "");
    message("ours@x", 7, 1);
  }
  void updated() {
    record::v1::CallUpdate u;
    u.set_call(7);
    u.set_sequence(1);
    *u.mutable_key() = key(21);
    u.set_message_id("second@x");
    u.set_trust(record::v1::UNALIGNED);
    u.set_evidence("The mail belongs to call IT-000007: it answers a mail of the call.");
    u.add_changed("state: CLOSED -> OPEN");
    it.put(keys::call_update(call_number{7}, 1), u.SerializeAsString());
    entry(4, 21, record::v1::UPDATED, {}, 7, 1);
    message("second@x", 7);
  }
  /// "what: sentence (evidence)", line by line.
  std::string told(const admin::v1::ExplainRequest& request) {
    auto got = explain(units, request);
    if (!got) return got.error().text();
    std::string out = got->call();
    for (const auto& s : got->steps()) {
      out += "\n" + s.what() + ": " + s.sentence();
      if (!s.evidence().empty()) out += " (" + s.evidence() + ")";
    }
    return out;
  }
  static admin::v1::ExplainRequest of_mail(uint64_t mail) {
    admin::v1::ExplainRequest r;
    r.set_partition("IT");
    r.set_mail(mail);
    return r;
  }
  static admin::v1::ExplainRequest of_message(const std::string& id) {
    auto r = of_mail(0);
    r.set_message_id(id);
    return r;
  }
};

TEST_F(explain_test, tells_how_a_mail_became_a_call) {
  EXPECT_EQ(told(of_mail(3)),
            "IT-000007\n"
            "seen: The mail came in through the mailbox it-imap. (UID 20 of UIDVALIDITY 1, 1234 "
            "bytes)\n"
            "sender: The sender's address is proved: its domain has authenticated the mail. "
            "(dmarc=pass header.from=example.org)\n"
            "origin: Nothing says that a program wrote it: it counts as a person's.\n"
            "follow-up: It answers no call that is there, so it became a new one.\n"
            "rules: The routing rule vip fitted.\n"
            "decision: The server's call template is \"Mail\".\n"
            "outcome: It became call IT-000007. (logged)\n"
            "sent: The acknowledgement to ann@example.org was sent. (250 done)");
}

TEST_F(explain_test, tells_why_a_mail_was_added_to_a_call) {
  EXPECT_EQ(told(of_mail(4)),
            "IT-000007\n"
            "seen: The mail came in through the mailbox it-imap. (UID 21 of UIDVALIDITY 1, 1234 "
            "bytes)\n"
            "sender: The sender's address is not proved; it may be forged.\n"
            "follow-up: The mail belongs to call IT-000007: it answers a mail of the call.\n"
            "decision: The call was changed: state: CLOSED -> OPEN.\n"
            "outcome: It was added to call IT-000007. (updated)");
}

TEST_F(explain_test, tells_why_a_mail_became_nothing) {
  EXPECT_EQ(told(of_mail(5)),
            "\nseen: The mail came in through the mailbox it-imap. (UID 22 of UIDVALIDITY 1, 1234 "
            "bytes)\n"
            "sender: Nobody that is trusted has checked the sender's address "
            "MAILER-DAEMON@mx.example.net. (no results)\n"
            "origin: It was not written by a person (report). (a report about another mail)\n"
            "decision: The notice (bounce) is about the mail <x@y> to una@example.com: failed "
            "5.1.1.\n"
            "outcome: Its outcome is suppressed:bounce. (it speaks of no mail that was sent from "
            "here)\n"
            "sent: No mail was sent because of it.");
}

TEST_F(explain_test, tells_what_people_did_with_a_mail_of_the_quarantine) {
  auto e = entry(6, 23, record::v1::QUARANTINED, "mail_unparsable");
  e.set_reprocessed_at(500);
  e.set_reprocessed_by("olga");
  e.set_reprocess_reason("after the update");
  e.set_before("quarantined:mail_unparsable");
  it.put(keys::ledger(e.key()), e.SerializeAsString());
  record::v1::QuarantineEntry q;
  q.set_discarded_at(600);
  q.set_discarded_by("olga");
  q.set_discard_reason("spam");
  it.put(keys::quarantine(mail_id{6}), q.SerializeAsString());
  const auto all = told(of_mail(6));
  EXPECT_NE(all.find("quarantine: olga discarded it. (spam)"), std::string::npos) << all;
  EXPECT_NE(all.find("quarantine: olga had it decided anew; before, it was "
                     "quarantined:mail_unparsable. (after the update)"),
            std::string::npos)
      << all;
}

TEST_F(explain_test, tells_of_a_command_that_changed_nothing) {
  auto e = entry(6, 23, record::v1::COMMAND, {}, 7);
  e.set_note("[IT-000007] is already closed");
  it.put(keys::ledger(e.key()), e.SerializeAsString());
  EXPECT_EQ(told(of_mail(6)),
            "IT-000007\n"
            "seen: The mail came in through the mailbox it-imap. (UID 23 of UIDVALIDITY 1, 1234 "
            "bytes)\n"
            "outcome: It was a command about call IT-000007, which it left as it was. ([IT-000007] "
            "is already closed)");
}

TEST_F(explain_test, tells_who_gave_a_command_by_what_right_and_proof_and_that_it_was_answered) {
  auto e = entry(6, 23, record::v1::COMMAND);
  e.set_note("[IT] your open calls: 0");
  e.set_sender("anna@example.org");
  e.set_trust(record::v1::ALIGNED);
  e.set_trust_evidence("dkim=pass header.d=example.org");
  e.set_origin("person");
  e.set_command("\"Anna\", an active analyst of partition IT with mail_commands, gave #summary.");
  e.add_sent(2);
  put(e);
  record::v1::OutboxEntry answer;
  answer.set_id(2);
  answer.set_kind("command_answer");
  answer.add_recipients()->set_address("anna@example.org");
  it.put(keys::outbox(2), answer.SerializeAsString());
  EXPECT_EQ(told(of_mail(6)),
            "\n"
            "seen: The mail came in through the mailbox it-imap. (UID 23 of UIDVALIDITY 1, 1234 "
            "bytes)\n"
            "sender: The sender's address anna@example.org is proved: its domain has authenticated "
            "the mail. (dkim=pass header.d=example.org)\n"
            "origin: Nothing says that a program wrote it: it counts as a person's.\n"
            "command: \"Anna\", an active analyst of partition IT with mail_commands, gave "
            "#summary.\n"
            "outcome: It was a command, which changed no call. ([IT] your open calls: 0)\n"
            "sent: The command_answer to anna@example.org waits to be sent.");
}

TEST_F(explain_test, a_call_logged_by_command_is_no_mail_that_answers_no_call) {
  auto e = entry(3, 20, record::v1::COMMAND, {}, 7);
  e.set_command("Anna gave #log.");
  put(e);
  const auto all = told(of_mail(3));
  EXPECT_NE(all.find("command: Anna gave #log.\n"), std::string::npos) << all;
  EXPECT_NE(all.find("outcome: It was a command, by which call IT-000007 was logged. (command)"),
            std::string::npos)
      << all;
  EXPECT_EQ(all.find("It answers no call"), std::string::npos) << all;
}

TEST_F(explain_test, an_update_tells_what_the_ledger_alone_says_of_it) {
  auto e = entry(4, 21, record::v1::UPDATED, {}, 7, 1);
  e.add_notes("The mail belongs to call IT-000007: it answers a mail of the call.");
  e.add_notes("Nothing is answered: there is no text for it.");
  e.set_origin("out_of_office");
  e.set_origin_evidence("Auto-Submitted: auto-replied");
  put(e);
  const auto all = told(of_mail(4));
  EXPECT_NE(all.find("decision: Nothing is answered: there is no text for it.\n"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("origin: It was not written by a person (out_of_office). (Auto-Submitted: "
                     "auto-replied)"),
            std::string::npos)
      << all;
  EXPECT_EQ(all.find("belongs to call"), all.rfind("belongs to call")) << "said once\n" << all;
}

TEST_F(explain_test, a_command_about_a_call_of_another_mailbox_is_not_taken_for_its_mail) {
  auto e = entry(6, 20, record::v1::COMMAND, {}, 7);
  it.erase(keys::ledger(e.key()));
  e.mutable_key()->set_mailbox("other");
  put(e);
  record::v1::Mail stored;
  stored.set_id(6);
  *stored.mutable_key() = e.key();
  it.put(keys::mail(mail_id{6}), stored.SerializeAsString());
  EXPECT_NE(
      told(of_mail(6)).find("It was a command about call IT-000007, which it left as it was."),
      std::string::npos)
      << told(of_mail(6));
}

TEST_F(explain_test, a_copy_and_its_first_tell_of_each_other) {
  auto e = entry(0, 24, record::v1::SUPPRESSED, "duplicate");
  *e.mutable_duplicate_of() = key(20);
  put(e);
  it.put(keys::copy(key(20), key(24)), key(24).SerializeAsString());
  auto placed = of_mail(0);
  placed.set_place("it-imap/1/24");
  const auto copy = told(placed);
  EXPECT_NE(
      copy.find("duplicate: The same mail was taken before, as it-imap/1/20; that one came to "
                "call IT-000007.\n"),
      std::string::npos)
      << copy;
  EXPECT_NE(told(of_message("first@x"))
                .find("duplicate: A copy of it came in as it-imap/1/24, which "
                      "is suppressed:duplicate."),
            std::string::npos);
}

TEST_F(explain_test, a_mail_is_named_by_its_place_under_whatever_uidvalidity) {
  auto older = entry(6, 22, record::v1::SUPPRESSED, "delay");
  it.erase(keys::ledger(older.key()));
  older.mutable_key()->set_uid_validity(9);
  put(older);
  auto by_uidl = older;
  by_uidl.mutable_key()->set_uid_validity(1);
  by_uidl.mutable_key()->set_uid(0);
  by_uidl.mutable_key()->set_uidl("0012/AA=");
  by_uidl.set_reason("receipt");
  put(by_uidl);
  entry(5, 22, record::v1::SUPPRESSED, "bounce");
  const auto reason = [&](const std::string& place) {
    auto r = of_mail(0);
    r.set_place(place);
    const auto got = explain(units, r);
    return got ? got->ledger().reason() : std::string{to_string(got.code())};
  };
  EXPECT_EQ(reason("it-imap/1/22"), "bounce");
  EXPECT_EQ(reason("it-imap/22"), "bounce");
  EXPECT_EQ(reason("it-imap/9/22"), "delay");
  EXPECT_EQ(reason("it-imap/0012/AA="), "receipt");
  EXPECT_EQ(reason("it-imap/77"), "not_found");
  EXPECT_EQ(reason("it-imap"), "config_invalid");
}

TEST_F(explain_test, a_mail_can_be_named_in_several_ways) {
  EXPECT_EQ(told(of_message("<first@x>")), told(of_mail(3)));
  EXPECT_EQ(told(of_message("second@x")), told(of_mail(4)));
  auto placed = of_mail(0);
  placed.set_mailbox("it-imap");
  placed.set_uid(22);
  EXPECT_EQ(told(placed), told(of_mail(5)));
}

TEST_F(explain_test, says_what_is_wrong_with_a_name) {
  auto twice = of_mail(3);
  twice.set_message_id("first@x");
  auto no_place = of_mail(0);
  no_place.set_mailbox("it-imap");
  auto elsewhere = no_place;
  elsewhere.set_mailbox("nowhere");
  elsewhere.set_uid(1);
  for (const auto& [request, code] :
       {std::pair{of_mail(0), ec::config_invalid}, std::pair{twice, ec::config_invalid},
        std::pair{no_place, ec::config_invalid},
        std::pair{of_message("ours@x"), ec::config_invalid},
        std::pair{of_message("unknown@x"), ec::not_found}, std::pair{of_mail(99), ec::not_found},
        std::pair{elsewhere, ec::not_found}})
    EXPECT_EQ(explain(units, request).code(), code) << request.ShortDebugString();
}

TEST_F(cli, explain_takes_the_place_that_the_ledger_prints) {
  record::v1::MailboxState box;
  box.set_mailbox("it-imap");
  box.set_uid_validity(1);
  it.state(box);
  it.ledger("it-imap", 15, record::v1::SUPPRESSED, "vanished");
  EXPECT_EQ(run({"explain", "it-imap/1/15"}), exit_done) << err.str();
  EXPECT_TRUE(shows("Its outcome is suppressed:vanished.")) << out.str();
  EXPECT_EQ(run({"explain", "-p", "it", "it-imap/15"}), exit_done) << err.str();
  EXPECT_TRUE(shows("Its outcome is suppressed:vanished."));
  EXPECT_EQ(run({"explain", "elsewhere/1/15"}), exit_failed);
  EXPECT_TRUE(complains("no open partition has seen a mailbox named \"elsewhere\"")) << err.str();
  EXPECT_EQ(run({"explain", "nonsense"}), exit_failed);
  EXPECT_TRUE(complains("a place (inbox/1796069462/10)"));
}

}  // namespace
}  // namespace postroom::app

#include "tests/app/trials_fixture.hpp"

namespace postroom::app {
namespace {

struct incoming_trial : trials_test {
  admin::v1::TestIncomingRequest request() {
    admin::v1::TestIncomingRequest r;
    r.set_partition("IT");
    r.set_name("it-in");
    r.set_deadline_seconds(20);
    return r;
  }
  admin::v1::TestIncomingResponse run(const admin::v1::TestIncomingRequest& r) {
    auto got = test_incoming(backend, r, operator_);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : admin::v1::TestIncomingResponse{};
  }
};

dialog signed_in() {
  return {imap_sign_in(), C("{t} CAPABILITY"), S("* CAPABILITY IMAP4rev1"), S("{t} OK done")};
}
dialog examined() {
  return {signed_in(),
          C("{t} EXAMINE \"INBOX\""),
          S("* 1 EXISTS"),
          S("* OK [UIDVALIDITY 7] v"),
          S("* OK [UIDNEXT 5] n"),
          S("{t} OK [READ-ONLY] selected")};
}
dialog one_mail() {
  const auto size = std::to_string(raw_mail.size());
  return {
      C("{t} NOOP"),
      C("{u} UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)"),
      S("{t} OK"),
      S("* 1 FETCH (UID 4 RFC822.SIZE " + size + " INTERNALDATE \"23-Nov-2026 11:00:00 +0000\")"),
      S("{u} OK"),
      C_like("[^ ]+ UID FETCH 4 \\(.*BODY.PEEK\\[\\].*\\)")};
}

TEST_F(incoming_trial, a_pop3_mail_is_shown_and_stays_on_the_server) {
  scripted_server server(dialog{pop3_sign_in("USER\r\nUIDL"), C("CAPA"),
                                S("+OK\r\nUSER\r\nUIDL\r\n."), C("STAT"), S("+OK 1 100"), C("LIST"),
                                S("+OK\r\n1 " + std::to_string(raw_mail.size()) + "\r\n."),
                                C("UIDL"), S("+OK\r\n1 id1\r\n."), C("RETR 1"),
                                S("+OK\r\n" + raw_mail + "."), C("QUIT"), S("+OK")});
  at(incoming(), server, "POP3");
  const auto got = run(request());
  EXPECT_EQ(server.verdict(), "");
  EXPECT_TRUE(got.ok()) << got.ShortDebugString();
  EXPECT_TRUE(got.found());
  EXPECT_EQ(got.sender(), "Una User <una@example.com>");
  EXPECT_EQ(got.subject(), "red");
  EXPECT_EQ(got.message().substr(0, 18), "My printer is red.");
  EXPECT_EQ(got.key().uidl(), "id1");
  EXPECT_EQ(got.status(), "received: it would become a call in IT by the template \"Email\"");
  EXPECT_TRUE(asked.as_if) << "nobody is created";
  const auto said = dialog_of(got);
  EXPECT_EQ(said.find("s3cret"), std::string::npos);
  EXPECT_EQ(said.find("printer"), std::string::npos) << said;
}

TEST_F(incoming_trial, a_mail_the_ledger_knows_is_told_with_its_call) {
  record::v1::LedgerEntry e;
  e.mutable_key()->set_mailbox("it-in");
  e.mutable_key()->set_uidl("id1");
  e.set_outcome(record::v1::LOGGED);
  e.set_call(123);
  it.put(storage::keys::ledger(e.key()), e.SerializeAsString());
  scripted_server server(dialog{pop3_sign_in("USER\r\nUIDL"), C("CAPA"),
                                S("+OK\r\nUSER\r\nUIDL\r\n."), C("STAT"), S("+OK 1 100"), C("LIST"),
                                S("+OK\r\n1 100\r\n."), C("UIDL"), S("+OK\r\n1 id1\r\n."),
                                C("RETR 1"), S("+OK\r\n" + raw_mail + "."), C("QUIT"), S("+OK")});
  at(incoming(), server, "POP3");
  const auto got = run(request());
  EXPECT_EQ(got.status(), "received: it is in the ledger as logged IT-000123");
  EXPECT_EQ(got.became().call(), 123u);
}

TEST_F(incoming_trial, a_mailbox_that_is_locked_says_that_its_poller_may_hold_it) {
  scripted_server server(dialog{S("+OK hi"), C("CAPA"), S("+OK\r\nUSER\r\nUIDL\r\n."), C("USER it"),
                                S("+OK"), C("PASS s3cret"),
                                S("-ERR [IN-USE] locked by another session")});
  at(incoming(), server, "POP3");
  const auto got = run(request());
  EXPECT_EQ(got.failed().step(), "sign_in");
  EXPECT_NE(got.failed().remedy().find("the poller of this very server"), std::string::npos)
      << got.ShortDebugString();
}

TEST_F(incoming_trial, each_step_of_imap_that_fails_is_named) {
  struct row {
    dialog script;
    const char* step;
  };
  for (const auto& [script, step] : std::vector<row>{
           {{S("* OK hi"), C("{t} CAPABILITY"), S("* CAPABILITY IMAP4rev1"), S("{t} OK"),
             C_like("[^ ]+ LOGIN .*"), S("{t} NO [AUTHENTICATIONFAILED] no")},
            "sign_in"},
           {{signed_in(), C("{t} EXAMINE \"INBOX\""), S("{t} NO [NONEXISTENT] no such folder")},
            "folder"},
           {{examined(), C("{t} NOOP"), hang_up()}, "list"},
           {{examined(), one_mail(), hang_up()}, "fetch"}}) {
    scripted_server server(dialog{script});
    at(incoming(), server, "IMAP");
    const auto got = run(request());
    EXPECT_FALSE(got.ok());
    EXPECT_EQ(got.failed().step(), step) << got.ShortDebugString();
    EXPECT_FALSE(got.failed().remedy().empty());
  }
}

TEST_F(incoming_trial, a_mail_is_named_by_what_its_protocol_knows) {
  scripted_server server(dialog{});
  auto by_uid = request();
  by_uid.set_uid(4);
  auto by_uidl = request();
  by_uidl.set_uidl("id1");
  at(incoming(), server, "POP3");
  const auto no_uid = test_incoming(backend, by_uid, operator_);
  EXPECT_EQ(no_uid.code(), ec::config_invalid);
  EXPECT_TRUE(no_uid.error().detail.starts_with("uid: POP3 knows no UIDs"));
  at(incoming(), server, "IMAP");
  const auto no_uidl = test_incoming(backend, by_uidl, operator_);
  EXPECT_EQ(no_uidl.code(), ec::config_invalid);
  EXPECT_TRUE(no_uidl.error().detail.starts_with("uidl: IMAP knows no UIDLs"));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(incoming_trial, a_draft_with_problems_tries_nothing_and_lists_them) {
  scripted_server server(dialog{});
  at(incoming(), server, "IMAP");
  auto r = request();
  *r.mutable_server() = incoming();
  r.mutable_server()->set_host("a b");
  r.mutable_server()->set_call_template("Nope");
  EXPECT_EQ(problems_in(run(r)), (lines{"server.host", "server.security", "server.call_template"}));
  *r.mutable_server() = incoming();
  r.mutable_server()->set_host("127.0.0.2");
  const auto got = test_incoming(backend, r, it_only);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(problems_in(*got), lines{"server.host"}) << "its password is the machine's";
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(incoming_trial, a_mail_is_shown_to_who_may_read_it_where_it_is_kept) {
  record::v1::LedgerEntry e;
  e.mutable_key()->set_mailbox("it-in");
  e.mutable_key()->set_uidl("id1");
  e.set_outcome(record::v1::QUARANTINED);
  e.set_mail(5);
  struct row {
    bool known, kept_apart;
    access::right shows, does_not;
  };
  for (const auto& [known, kept_apart, shows, does_not] :
       {row{false, false, admin::v1::VIEW_CALLS, admin::v1::QUARANTINE},
        row{true, true, admin::v1::QUARANTINE, admin::v1::VIEW_CALLS},
        row{true, false, admin::v1::VIEW_CALLS, admin::v1::QUARANTINE}}) {
    if (known) it.put(storage::keys::ledger(e.key()), e.SerializeAsString());
    if (kept_apart) it.quarantine(5, 10);
    for (const auto right : {shows, does_not}) {
      scripted_server server(dialog{
          pop3_sign_in("USER\r\nUIDL"), C("CAPA"), S("+OK\r\nUSER\r\nUIDL\r\n."), C("STAT"),
          S("+OK 1 100"), C("LIST"), S("+OK\r\n1 100\r\n."), C("UIDL"), S("+OK\r\n1 id1\r\n."),
          C("RETR 1"), S("+OK\r\n" + raw_mail + "."), C("QUIT"), S("+OK")});
      at(incoming(), server, "POP3");
      const auto got = test_incoming(backend, request(), with_rights({right}));
      ASSERT_TRUE(got) << got.error().text();
      EXPECT_EQ(got->subject(), right == shows ? "red" : "") << got->ShortDebugString();
      EXPECT_EQ(got->ShortDebugString().find("printer") == std::string::npos, right != shows);
      EXPECT_EQ(got->status().find(admin::v1::Right_Name(shows)) != std::string::npos,
                right != shows);
    }
    it.erase(storage::keys::quarantine(mail_id{5}));
  }
}

TEST_F(incoming_trial, a_server_that_says_nothing_is_given_up_at_the_deadline) {
  scripted_server server(dialog{hang()});
  at(incoming(), server, "IMAP");
  auto r = request();
  r.set_deadline_seconds(1);
  const auto got = run(r);
  EXPECT_EQ(got.failed().error(), "timeout");
  EXPECT_EQ(got.failed().step(), "sign_in");
}

TEST_F(incoming_trial, a_server_that_is_not_there_fails_at_connect_and_an_unknown_name_at_dns) {
  {
    scripted_server gone(dialog{S("* OK")});
    at(incoming(), gone, "IMAP");
  }
  EXPECT_EQ(run(request()).failed().step(), "connect");
  incoming().set_host("no-such-host.invalid");
  EXPECT_EQ(run(request()).failed().step(), "dns");
}

}  // namespace
}  // namespace postroom::app

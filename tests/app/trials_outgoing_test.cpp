#include "app/trials_draft.hpp"
#include "tests/app/trials_fixture.hpp"

namespace postroom::app {
namespace {

struct outgoing_trial : trials_test {
  admin::v1::TestOutgoingRequest request() {
    admin::v1::TestOutgoingRequest r;
    r.set_partition("IT");
    r.add_to("una@example.com");
    r.set_deadline_seconds(20);
    return r;
  }
  admin::v1::TestOutgoingResponse run(const admin::v1::TestOutgoingRequest& r) {
    auto got = test_outgoing(backend, r, operator_);
    EXPECT_TRUE(got) << got.error().text();
    return got ? *got : admin::v1::TestOutgoingResponse{};
  }
};

dialog greeted() {
  return {S("220 mx.test ready"), C("EHLO {h}"), S("250 mx.test"), C("EHLO {h}"), S("250 mx.test")};
}
dialog taken(const std::string& to) {
  return {C("MAIL FROM:<helpdesk@example.org>"),
          S("250 ok"),
          C("RCPT TO:<" + to + ">"),
          S("250 ok"),
          C("DATA"),
          S("354 go ahead"),
          C_data(),
          S("250 2.0.0 queued")};
}

TEST_F(outgoing_trial, sends_to_everyone_and_shows_each_answer_and_the_dialog) {
  scripted_server server(dialog{greeted(), taken("una@example.com"), taken("bob@example.com")});
  at(outgoing(), server, "SMTP");
  auto r = request();
  r.add_bcc("bob@example.com");
  r.set_subject("Hello");
  r.set_message("a private text");
  const auto got = run(r);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_TRUE(got.ok());
  ASSERT_EQ(got.recipients_size(), 2);
  EXPECT_EQ(got.recipients(0).reply_code(), 250u);
  EXPECT_NE(got.recipients(0).reply().find("queued"), std::string::npos);
  const auto said = dialog_of(got);
  EXPECT_NE(said.find("client: RCPT TO:<una@example.com>\n"), std::string::npos) << said;
  EXPECT_NE(said.find("bytes, not shown"), std::string::npos) << said;
  EXPECT_EQ(said.find("private"), std::string::npos) << said;
  ASSERT_EQ(server.received().size(), 2u);
  EXPECT_NE(server.received()[0].find("Subject: Hello"), std::string::npos);
  EXPECT_EQ(server.received()[0].find("bob@"), std::string::npos) << "Bcc is in no header";
}

TEST_F(outgoing_trial, a_refused_sender_recipient_and_mail_each_name_their_step) {
  struct row {
    dialog script;
    const char* step;
  };
  const auto from = C("MAIL FROM:<helpdesk@example.org>");
  const auto to = C("RCPT TO:<una@example.com>");
  for (const auto& [script, step] : std::vector<row>{
           {{from, S("553 5.7.1 not yours"), C("RSET"), S("250 ok")}, "sender"},
           {{from, S("250 ok"), to, S("550 5.1.1 nobody"), C("RSET"), S("250 ok")}, "recipient"},
           {{from, S("250 ok"), to, S("250 ok"), C("DATA"), S("354 go"), C_data(),
             S("554 5.6.0 spam")},
            "data"}}) {
    scripted_server server(dialog{greeted(), script});
    at(outgoing(), server, "SMTP");
    const auto got = run(request());
    EXPECT_FALSE(got.ok());
    EXPECT_EQ(got.failed().step(), step) << dialog_of(got);
    EXPECT_FALSE(got.failed().remedy().empty());
    EXPECT_EQ(got.recipients(0).failed().step(), step);
  }
}

TEST_F(outgoing_trial, a_refused_recipient_does_not_stop_the_next_one) {
  scripted_server server(dialog{greeted(), C("MAIL FROM:<helpdesk@example.org>"), S("250 ok"),
                                C("RCPT TO:<una@example.com>"), S("550 5.1.1 nobody"), C("RSET"),
                                S("250 ok"), taken("bob@example.com")});
  at(outgoing(), server, "SMTP");
  auto r = request();
  r.add_cc("bob@example.com");
  const auto got = run(r);
  EXPECT_FALSE(got.recipients(0).taken());
  EXPECT_TRUE(got.recipients(1).taken());
  EXPECT_EQ(got.recipients(0).reply_code(), 550u);
}

TEST_F(outgoing_trial, a_server_that_is_not_there_fails_at_connect_and_an_unknown_name_at_dns) {
  uint16_t port = 0;
  {
    scripted_server gone(dialog{S("220")});
    port = gone.port();
    at(outgoing(), gone, "SMTP");
  }
  outgoing().set_port(port);
  EXPECT_EQ(run(request()).failed().step(), "connect");
  outgoing().set_host("no-such-host.invalid");
  const auto got = run(request());
  EXPECT_EQ(got.failed().step(), "dns");
  EXPECT_EQ(got.failed().error(), "dns_failed");
}

TEST_F(outgoing_trial, tls_with_a_server_that_speaks_none_fails_at_tls) {
  scripted_server server(dialog{S("220 mx.test ready")});
  at(outgoing(), server, "SMTP");
  outgoing().set_security("TLS");
  EXPECT_EQ(run(request()).failed().step(), "tls");
}

TEST_F(outgoing_trial, a_handshake_that_is_cut_off_fails_at_tls_and_passes) {
  scripted_server server(dialog{hang_up()});
  at(outgoing(), server, "SMTP");
  outgoing().set_security("TLS");
  const auto got = run(request());
  EXPECT_EQ(got.failed().step(), "tls");
  EXPECT_EQ(got.failed().error(), "unreachable");
}

TEST_F(outgoing_trial, a_refused_sign_in_says_so_without_the_password) {
  scripted_server server(dialog{S("220 mx.test ready"), C("EHLO {h}"),
                                S("250-mx.test\r\n250 AUTH PLAIN"), C_like("AUTH PLAIN.*"),
                                S("334 "), C_like(".+"), S("535 5.7.8 s3cret is wrong")});
  at(outgoing(), server, "SMTP");
  outgoing().set_login("desk");
  outgoing().set_password("file:" + (folder.path / "password").string());
  auto r = request();
  r.add_to("bob@example.com");
  const auto got = run(r);
  EXPECT_EQ(got.failed().step(), "sign_in") << dialog_of(got);
  EXPECT_EQ(got.ShortDebugString().find("s3cret"), std::string::npos);
  EXPECT_EQ(got.ShortDebugString().find("ZGVzaw"), std::string::npos) << "base64 of the login";
  EXPECT_EQ(got.recipients(1).failed().step(), "sign_in") << "nobody further is tried";
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(outgoing_trial, a_server_that_says_nothing_is_given_up_at_the_deadline) {
  scripted_server server(dialog{hang()});
  at(outgoing(), server, "SMTP");
  auto r = request();
  r.set_deadline_seconds(1);
  const auto got = run(r);
  EXPECT_EQ(got.failed().step(), "sign_in");
  EXPECT_EQ(got.failed().error(), "timeout");
  EXPECT_LT(got.took_ms(), 10'000u);
}

TEST_F(outgoing_trial, what_is_asked_wrongly_is_refused_by_name) {
  auto r = request();
  r.clear_to();
  EXPECT_EQ(test_outgoing(backend, r, operator_).error().detail, "to: is blank; name an address");
  r = request();
  r.set_name("nope");
  EXPECT_EQ(test_outgoing(backend, r, operator_).code(), ec::not_found);
  r = request();
  r.set_deadline_seconds(301);
  EXPECT_EQ(test_outgoing(backend, r, operator_).code(), ec::config_invalid);
  r = request();
  r.set_partition("XX");
  EXPECT_EQ(test_outgoing(backend, r, operator_).code(), ec::not_found);
}

TEST_F(outgoing_trial, a_draft_is_checked_as_when_it_is_saved_before_anybody_is_connected_to) {
  scripted_server server(dialog{});
  at(outgoing(), server, "SMTP");
  auto r = request();
  auto& draft = *r.mutable_server() = outgoing();
  draft.set_host("mail.example.org/path");
  draft.set_port(70'000);
  draft.set_security("TLS1");
  draft.set_login("desk");
  draft.set_password("s3cret");
  draft.set_from("nobody");
  EXPECT_EQ(problems_in(run(r)), (lines{"server.host", "server.port", "server.security",
                                        "server.password", "server.from"}));
  draft = outgoing();
  draft.set_host("mail.example.org");
  draft.set_login("desk");
  draft.set_password("env:X");
  EXPECT_EQ(problems_in(run(r)), lines{"server.security"}) << "a password in the clear";
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(outgoing_trial, a_draft_beside_an_active_server_can_be_tried) {
  scripted_server server(dialog{greeted(), taken("una@example.com")});
  auto r = request();
  auto& draft = *r.mutable_server() = outgoing();
  at(draft, server, "SMTP");
  draft.set_name("it-new");
  EXPECT_TRUE(run(r).ok());
}

TEST(draft_password, a_blank_one_is_the_saved_one_for_the_same_place_only) {
  const auto saved = partitions::test::valid_partition();
  using server = config::v1::IncomingServer;
  const auto password_after = [&](const std::function<void(server&)>& change) {
    auto draft = saved.incoming(0);
    draft.clear_password();
    change(draft);
    return with_password(draft, saved).password();
  };
  EXPECT_EQ(password_after([](server& s) { s.set_poll_interval("1h"); }),
            saved.incoming(0).password());
  EXPECT_EQ(password_after([](server& s) { s.set_password("env:Y"); }), "env:Y");
  for (const auto& change : std::vector<std::function<void(server&)>>{
           [](server& s) { s.set_host("evil.example.net"); }, [](server& s) { s.set_port(4143); },
           [](server& s) { s.set_security("NONE"); }, [](server& s) { s.set_ca_file("/tmp/ca"); },
           [](server& s) { s.set_protocol("POP3"); }, [](server& s) { s.set_login("else"); },
           [](server& s) { s.set_name("another"); }})
    EXPECT_EQ(password_after(change), "");
}

TEST(draft_password, of_a_sign_in_by_pop3_is_the_saved_one_for_the_same_place_only) {
  using server = config::v1::OutgoingServer;
  auto saved = partitions::test::valid_partition();
  saved.mutable_outgoing(0)->set_protocol("POP");
  auto& pop = *saved.mutable_outgoing(0)->mutable_pop();
  pop.set_login("desk");
  pop.set_password("secret:pop");
  const auto password_after = [&](const std::function<void(server&)>& change) {
    auto draft = saved.outgoing(0);
    draft.mutable_pop()->clear_password();
    change(draft);
    return with_password(draft, saved).pop().password();
  };
  EXPECT_EQ(password_after([](server& s) { s.mutable_pop()->set_window("5m"); }), "secret:pop");
  EXPECT_EQ(password_after([](server& s) { s.mutable_pop()->set_password("env:Y"); }), "env:Y");
  for (const auto& change : std::vector<std::function<void(server&)>>{
           [](server& s) { s.set_host("evil.example.net"); },
           [](server& s) { s.set_ca_file("/tmp/ca"); }, [](server& s) { s.set_protocol("SMTP"); },
           [](server& s) { s.mutable_pop()->set_host("evil.example.net"); },
           [](server& s) { s.mutable_pop()->set_port(4110); },
           [](server& s) { s.mutable_pop()->set_security("NONE"); },
           [](server& s) { s.mutable_pop()->set_login("else"); },
           [](server& s) { s.set_name("another"); }})
    EXPECT_EQ(password_after(change), "");
}

TEST_F(outgoing_trial, a_saved_password_is_not_sent_to_the_host_of_a_draft) {
  scripted_server server(dialog{});
  outgoing().set_login("desk");
  outgoing().set_password("secret:desk");
  auto r = request();
  at(*r.mutable_server() = outgoing(), server, "SMTP");
  r.mutable_server()->set_login("desk");
  r.mutable_server()->clear_password();
  for (const auto& who : {it_only, operator_}) {
    const auto got = test_outgoing(backend, r, who);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(problems_in(*got), lines{"server.password"});
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(outgoing_trial, a_department_cannot_try_secrets_and_files_of_the_machine) {
  const auto problems_of_draft =
      [&](const std::function<void(config::v1::OutgoingServer&)>& change) {
        auto r = request();
        change(*r.mutable_server() = outgoing());
        const auto got = test_outgoing(backend, r, it_only);
        EXPECT_TRUE(got) << got.error().text();
        return got ? problems_in(*got) : lines{};
      };
  for (const auto* secret : {"file:/etc/hostname", "env:HOME"})
    EXPECT_EQ(problems_of_draft([&](auto& s) {
                s.set_login("x");
                s.set_password(secret);
              }),
              lines{"server.password"});
  EXPECT_EQ(problems_of_draft([](auto& s) { s.set_ca_file("/etc/shadow"); }),
            lines{"server.ca_file"});
  outgoing().set_login("x");
  outgoing().set_password("file:/etc/hostname");
  EXPECT_EQ(problems_of_draft([](auto& s) { s.set_host("127.0.0.2"); }), lines{"server.host"})
      << "to another host than the saved one";
}

TEST_F(outgoing_trial, only_a_few_run_at_once_and_all_end_when_the_node_stops) {
  {
    auto own = backend.gate->enter("IT");
    EXPECT_EQ(test_outgoing(backend, request(), operator_).code(), ec::overloaded) << "its own";
    EXPECT_TRUE(backend.gate->enter("HR")) << "no other partition waits for it";
  }
  {
    std::vector<trial_gate::pass> others;
    for (std::size_t i = 0; i < trial_gate::max_running; ++i)
      others.push_back(std::move(*backend.gate->enter("OTHER" + std::to_string(i))));
    EXPECT_EQ(test_outgoing(backend, request(), operator_).code(), ec::overloaded) << "all are in";
  }
  EXPECT_TRUE(backend.gate->enter("IT"));
  scripted_server server(dialog{hang()});
  at(outgoing(), server, "SMTP");
  backend.gate->stop();
  EXPECT_EQ(test_outgoing(backend, request(), operator_).code(), ec::cancelled);
}

}  // namespace
}  // namespace postroom::app

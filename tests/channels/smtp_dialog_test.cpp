#include <gtest/gtest.h>

#include <sstream>

#include "tests/channels/smtp_client.hpp"
#include "tests/channels/smtp_script.hpp"

namespace postroom::channels {
namespace {

TEST(smtp, delivers_a_mail) {
  scripted_server server(dialog{connected(), taken(), C("QUIT")});
  smtp_client client(settings_for(server));
  auto report = client.send("user@example.org", "Subject: x\r\n\r\n.dot\r\n");
  EXPECT_EQ(report.code, ec::none);
  EXPECT_EQ(report.reply_code, 250);
  EXPECT_EQ(report.reply, "2.0.0 queued as 1");
  client.drop();
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.received(), std::vector<std::string>{"Subject: x\r\n\r\n..dot\r\n"});
}

TEST(smtp, carries_three_mails_over_one_connection) {
  scripted_server server(
      dialog{connected(), taken("a@example.org"), taken("b@example.org"), taken("c@example.org")});
  smtp_client client(settings_for(server));
  for (const char* to : {"a@example.org", "b@example.org", "c@example.org"})
    EXPECT_EQ(client.send(to).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(smtp, understands_answers_that_come_byte_by_byte) {
  scripted_server server(dialog{S_raw("220-mx.test\r\n220 ready\r\n", 1), C("EHLO desk.test"),
                                S_raw("250-mx.test\r\n250 HELP\r\n", 1), C("EHLO desk.test"),
                                S_raw("250-mx.test\r\n250 HELP\r\n", 1), C_like("MAIL FROM:.*"),
                                S_raw("250-yes\r\n250 ok\r\n", 1), C_like("RCPT TO:.*"),
                                S_raw("250 ok\r\n", 1), C("DATA"), S_raw("354 go\r\n", 1), C_data(),
                                S_raw("250-a\r\n250 taken\r\n", 1)});
  smtp_client client(settings_for(server));
  EXPECT_EQ(client.send("user@example.org").reply, "taken");
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, says_size_body_and_smtputf8_when_offered) {
  const std::string offers = "250-mx.test\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 SMTPUTF8";
  scripted_server server(dialog{S("220 ready"), C("EHLO desk.test"), S(offers), C("EHLO desk.test"),
                                S(offers), C("MAIL FROM:<> SIZE=3 BODY=8BITMIME SMTPUTF8"),
                                S("250 ok"), C("RCPT TO:<ü@example.org>"), S("250 ok"), C("DATA"),
                                S("354 go"), C_data(), S("250 taken")});
  smtp_client client(settings_for(server));
  EXPECT_EQ(client.send("ü@example.org", "x\r\n", "").code, ec::none);
  auto large = client.send("user@example.org", std::string(1001, 'x'));
  EXPECT_EQ(large.code, ec::mail_too_large);
  EXPECT_TRUE(large.permanent);
  EXPECT_FALSE(large.server_wide);
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, refuses_an_address_the_server_cannot_take) {
  scripted_server server(dialog{connected(), taken()});
  smtp_client client(settings_for(server));
  auto report = client.send("ü@example.org");
  EXPECT_EQ(report.code, ec::recipient_refused);
  EXPECT_TRUE(report.permanent);
  EXPECT_EQ(client.send("user@example.org").code, ec::none) << "the connection goes on";
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, sends_nothing_for_an_address_that_would_inject_commands) {
  scripted_server server(dialog{hang()});
  smtp_client client(settings_for(server));
  for (const char* bad : {"a@b.test>\r\nRCPT TO:<c@d.test", "a\nb@c.test", "<a@b.test>", ""}) {
    auto report = client.send(bad);
    EXPECT_EQ(report.code, ec::recipient_refused) << bad;
    EXPECT_TRUE(report.permanent) << bad;
  }
  EXPECT_EQ(client.send("a@b.test", "x\r\n", "a@b.test>\r\nDATA").code, ec::recipient_refused);
  EXPECT_EQ(server.connections(), 0u);
}

struct refusal {
  const char* name;
  dialog where;
  ec code;
  bool permanent, server_wide;
  int reply_code;
};

/// A refusal at each stage, and after it the next mail on the same connection.
TEST(smtp, tells_a_refusal_at_each_stage_and_goes_on) {
  const dialog mail{C("MAIL FROM:<desk@example.org>"), S("250 ok")};
  const dialog rcpt{mail, C("RCPT TO:<one@example.org>")};
  const dialog data{rcpt, S("250 ok"), C("DATA")};
  const dialog content{data, S("354 go"), C_data()};
  const dialog again{C("RSET"), S("250 ok")};
  const std::vector<refusal> table = {
      {"MAIL 4xx", {C_like("MAIL.*"), S("451 later"), again}, ec::server_busy, false, true, 451},
      {"MAIL 554", {C_like("MAIL.*"), S("554 not now"), again}, ec::server_busy, false, true, 554},
      {"RCPT 4xx", {rcpt, S("450 greylisted"), again}, ec::server_busy, false, false, 450},
      {"RCPT 550",
       {rcpt, S("550 5.1.1 no such user"), again},
       ec::recipient_refused,
       true,
       false,
       550},
      {"RCPT 553", {rcpt, S("553 bad name"), again}, ec::recipient_refused, true, false, 553},
      {"RCPT 501", {rcpt, S("501 bad syntax"), again}, ec::recipient_refused, true, false, 501},
      {"DATA 4xx", {data, S("451 no disk"), again}, ec::server_busy, false, false, 451},
      {"DATA 5xx",
       {data, S("554 no valid recipients"), again},
       ec::recipient_refused,
       true,
       false,
       554},
      {"content 4xx", {content, S("452 full")}, ec::server_busy, false, false, 452},
      {"content 5xx", {content, S("554 5.7.1 spam")}, ec::recipient_refused, true, false, 554},
  };
  for (const auto& row : table) {
    scripted_server server(dialog{connected(), row.where, taken("two@example.org")});
    smtp_client client(settings_for(server));
    auto report = client.send("one@example.org");
    EXPECT_EQ(report.code, row.code) << row.name;
    EXPECT_EQ(report.permanent, row.permanent) << row.name;
    EXPECT_EQ(report.server_wide, row.server_wide) << row.name;
    EXPECT_EQ(report.reply_code, row.reply_code) << row.name;
    EXPECT_EQ(client.send("two@example.org").code, ec::none) << row.name;
    EXPECT_EQ(server.verdict(), "") << row.name;
  }
}

TEST(smtp, takes_a_refusal_of_the_sender_as_the_end_of_this_mail_and_goes_on) {
  const dialog no{C("MAIL FROM:<desk@example.org>")};
  const dialog again{C("RSET"), S("250 ok")};
  for (const int code : {501, 503, 550, 553}) {
    // The first mail of a connection, then one on a kept connection.
    const dialog refused{no, S(std::to_string(code) + " 5.7.1 not yours"), again};
    scripted_server server(
        dialog{connected(), refused, taken("two@example.org"), refused, taken("four@example.org")});
    smtp_client client(settings_for(server));
    for (const char* next : {"two@example.org", "four@example.org"}) {
      auto report = client.send("one@example.org");
      EXPECT_EQ(report.code, ec::recipient_refused) << code;
      EXPECT_TRUE(report.permanent) << code;
      EXPECT_FALSE(report.server_wide) << code;
      EXPECT_EQ(report.reply_code, code);
      EXPECT_EQ(report.reply, "MAIL FROM refused: 5.7.1 not yours") << code;
      EXPECT_EQ(client.send(next).code, ec::none) << code;
    }
    EXPECT_EQ(server.connections(), 1u) << code;
    EXPECT_EQ(server.verdict(), "") << code;
  }
}

TEST(smtp, tells_why_nothing_can_be_sent_at_all) {
  const dialog ehlo{S("220 ready"), C("EHLO desk.test"), S("250-mx.test\r\n250 AUTH PLAIN")};
  const std::vector<refusal> table = {
      {"greeting 421", {S("421 too busy")}, ec::server_busy, false, true, 421},
      {"greeting 554", {S("554 go away")}, ec::server_busy, false, true, 554},
      {"sign-in refused",
       {ehlo, C_like("AUTH PLAIN.*"), S("535 5.7.8 wrong")},
       ec::auth_refused,
       false,
       true,
       535},
      {"sign-in later",
       {ehlo, C_like("AUTH PLAIN.*"), S("454 later")},
       ec::server_busy,
       false,
       true,
       454},
      {"closed at once", {hang_up()}, ec::connection_lost, false, true, 0},
  };
  for (const auto& row : table) {
    scripted_server server(row.where);
    auto settings = settings_for(server);
    settings.server.login = "desk";
    settings.server.password = "secret";
    smtp_client client(settings);
    auto report = client.send("user@example.org");
    EXPECT_EQ(report.code, row.code) << row.name << ": " << report.reply;
    EXPECT_EQ(report.permanent, row.permanent) << row.name;
    EXPECT_EQ(report.server_wide, row.server_wide) << row.name;
    EXPECT_EQ(report.reply_code, row.reply_code) << row.name;
    EXPECT_EQ(server.verdict(), "") << row.name;
  }
}

TEST(smtp, takes_any_lasting_refusal_of_the_sign_in_for_one_that_needs_a_person) {
  for (const int code : {501, 550, 554}) {
    scripted_server server(dialog{S("220 ready"), C("EHLO desk.test"),
                                  S("250-mx.test\r\n250 AUTH PLAIN"), C_like("AUTH PLAIN.*"),
                                  S(std::to_string(code) + " no")});
    auto settings = settings_for(server);
    settings.server.login = "desk";
    settings.server.password = "secret";
    smtp_client client(settings);
    auto report = client.send("user@example.org");
    EXPECT_EQ(report.code, ec::auth_refused) << code;
    EXPECT_EQ(class_of(report.code), error_class::permanent) << code;
    EXPECT_FALSE(report.permanent) << "no recipient is to blame for " << code;
    EXPECT_TRUE(report.server_wide) << code;
    EXPECT_EQ(report.reply_code, code);
    EXPECT_EQ(report.reply, "no") << code;
    EXPECT_EQ(server.connections(), 1u) << "asking again may lock the account";
    EXPECT_EQ(server.verdict(), "") << code;
  }
}

TEST(smtp, does_not_reach_a_port_where_nobody_listens) {
  uint16_t port = 0;
  { port = scripted_server(dialog{hang()}).port(); }
  outbound_settings settings;
  settings.server.host = "127.0.0.1";
  settings.server.port = port;
  settings.server.security = security::none;
  smtp_client client(settings);
  auto report = client.send("user@example.org");
  EXPECT_EQ(report.code, ec::unreachable);
  EXPECT_TRUE(report.server_wide);
  EXPECT_FALSE(report.permanent);
}

TEST(smtp, fails_all_waiting_mails_when_the_server_cannot_be_used) {
  scripted_server server(dialog{gate("connected"), S("421 too busy")});
  smtp_client client(settings_for(server));
  auto first = client.start("a@example.org"), second = client.start("b@example.org");
  ASSERT_TRUE(server.await("connected"));
  client.round();
  server.release("connected");
  EXPECT_EQ(client.wait(std::move(first)).code, ec::server_busy);
  EXPECT_TRUE(client.wait(std::move(second)).server_wide);
  EXPECT_EQ(server.connections(), 1u) << "one dead end is enough";
}

TEST(smtp, times_out_on_a_server_that_hangs_at_any_stage) {
  const dialog mail{C_like("MAIL.*"), S("250 ok")};
  const dialog rcpt{mail, C_like("RCPT.*"), S("250 ok")};
  const std::vector<refusal> table = {
      {"greeting", {hang()}, ec::timeout, false, true, 0},
      {"MAIL", {connected(), C_like("MAIL.*"), hang()}, ec::timeout, false, true, 0},
      {"RCPT", {connected(), mail, C_like("RCPT.*"), hang()}, ec::timeout, false, false, 0},
      {"DATA", {connected(), rcpt, C("DATA"), hang()}, ec::timeout, false, false, 0},
      {"content",
       {connected(), rcpt, C("DATA"), S("354 go"), C_data(), hang()},
       ec::timeout,
       false,
       false,
       0},
  };
  for (const auto& row : table) {
    scripted_server server(row.where);
    auto settings = settings_for(server);
    settings.server.connect_timeout = duration{1'500};
    settings.server.request_timeout = duration{200};
    smtp_client client(settings);
    auto report = client.send("user@example.org");
    EXPECT_EQ(report.code, row.code) << row.name;
    EXPECT_FALSE(report.permanent) << row.name;
    EXPECT_EQ(report.server_wide, row.server_wide) << row.name;
    EXPECT_EQ(server.verdict(), "") << row.name;
  }
}

TEST(smtp, reports_a_loss_after_the_final_dot_as_passing_and_sends_nothing_again) {
  // Nobody knows whether the server took it; only the sender may decide to try again.
  for (const auto& cut : {hang_up(), reset()}) {
    scripted_server server(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                                  S("250 ok"), C("DATA"), S("354 go"), C_data(), cut});
    smtp_client client(settings_for(server));
    auto report = client.send("user@example.org");
    EXPECT_EQ(report.code, ec::connection_lost);
    EXPECT_FALSE(report.permanent);
    EXPECT_FALSE(report.server_wide);
    client.round();
    EXPECT_EQ(server.connections(), 1u);
    EXPECT_EQ(client.reports(), 1);
    EXPECT_EQ(server.verdict(), "");
  }
}

TEST(smtp, takes_421_at_the_recipient_as_passing) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                                S("421 4.7.0 slow down")});
  smtp_client client(settings_for(server));
  auto report = client.send("a@example.org");
  EXPECT_EQ(report.code, ec::server_busy);
  EXPECT_FALSE(report.permanent);
  EXPECT_FALSE(report.server_wide);
}

TEST(smtp, never_takes_an_answer_out_of_step_for_success) {
  const dialog rcpt{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*")};
  const std::vector<std::pair<const char*, dialog>> table = {
      {"354 to MAIL", {connected(), C_like("MAIL.*"), S("354 go")}},
      {"354 to RCPT", {rcpt, S("354 go")}},
      {"250 to DATA", {rcpt, S("250 ok"), C("DATA"), S("250 ok")}},
      {"garbage to MAIL", {connected(), C_like("MAIL.*"), S("what?")}},
      {"354 to the mail", {rcpt, S("250 ok"), C("DATA"), S("354 go"), C_data(), S("354 more")}},
  };
  for (const auto& [name, script] : table) {
    scripted_server server(script);
    smtp_client client(settings_for(server));
    auto report = client.send("a@example.org");
    EXPECT_EQ(report.code, ec::protocol_violation) << name;
    EXPECT_FALSE(report.permanent) << name;
    EXPECT_EQ(server.verdict(), "") << name;
  }
}

TEST(smtp, stops_sending_when_the_server_refuses_in_the_middle) {
  // 40 MiB do not fit the sockets' buffers; the refusal comes while the server reads nothing.
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                                S("250 ok"), C("DATA"), S("354 go"), S("552 too much"),
                                gate("reported"), hang_up()});
  smtp_client client(settings_for(server));
  auto report = client.send("a@example.org", std::string(40u << 20, 'x'));
  EXPECT_EQ(report.code, ec::recipient_refused);
  EXPECT_TRUE(report.permanent);
  EXPECT_EQ(report.reply_code, 552);
  server.release("reported");
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, sends_a_large_mail_whole) {
  std::string message = "Subject: x\r\n\r\n";
  while (message.size() < 8u << 20) message += "..line of a large mail\r\nwith some text\r\n";
  scripted_server server(dialog{connected(), taken()});
  smtp_client client(settings_for(server));
  EXPECT_EQ(client.send("user@example.org", message).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  std::string unstuffed;
  std::istringstream lines(server.received().at(0));
  for (std::string line; std::getline(lines, line);)
    unstuffed.append(line, line.starts_with('.') ? 1 : 0).append("\n");
  EXPECT_TRUE(unstuffed == message);
}

}  // namespace
}  // namespace postroom::channels

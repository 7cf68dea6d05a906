#include <gtest/gtest.h>

#include <sstream>

#include "tests/channels/smtp_client.hpp"
#include "tests/support/scripted_server.hpp"

namespace postroom::channels {
namespace {

using namespace postroom::support;

outbound_settings settings_for(const scripted_server& server, unsigned connections = 1) {
  outbound_settings s;
  s.server.host = "127.0.0.1";
  s.server.port = server.port();
  s.server.security = security::none;
  s.helo = "desk.test";
  s.max_connections = connections;
  return s;
}

/// libcurl's greeting and EHLO, then our own.
dialog connected() {
  return {S("220 mx.test ready"), C("EHLO desk.test"), S("250 mx.test"), C("EHLO desk.test"),
          S("250 mx.test")};
}
dialog taken(const std::string& to = "user@example.org") {
  return {C("MAIL FROM:<desk@example.org>"),
          S("250 ok"),
          C("RCPT TO:<" + to + ">"),
          S("250 ok"),
          C("DATA"),
          S("354 go ahead"),
          C_data(),
          S("250 2.0.0 queued as 1")};
}

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
      {"MAIL 5xx",
       {C_like("MAIL.*"), S("553 not yours"), again},
       ec::server_busy,
       false,
       true,
       553},
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

TEST(smtp, replaces_a_kept_connection_that_the_server_closed_meanwhile) {
  scripted_server server(
      dialog{connected(), taken("a@example.org"), gate("idle"), S("421 idle too long"), hang_up()},
      dialog{connected(), taken("b@example.org")});
  smtp_client client(settings_for(server));
  EXPECT_EQ(client.send("a@example.org").code, ec::none);
  server.release("idle");
  EXPECT_EQ(client.send("b@example.org").code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(client.reports(), 2);
}

TEST(smtp, repeats_once_a_mail_that_a_kept_connection_refused_to_begin) {
  for (const auto& end : {S("421 too many mails"), S("452 too many mails"), hang_up(), reset()}) {
    scripted_server server(dialog{connected(), taken("a@example.org"), C_like("MAIL.*"), end},
                           dialog{connected(), taken("b@example.org")});
    smtp_client client(settings_for(server));
    EXPECT_EQ(client.send("a@example.org").code, ec::none);
    EXPECT_EQ(client.send("b@example.org").code, ec::none);
    EXPECT_EQ(server.verdict(), "");
    EXPECT_EQ(client.reports(), 2);
  }
}

TEST(smtp, does_not_repeat_a_mail_on_a_fresh_connection) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("421 not today")});
  smtp_client client(settings_for(server));
  auto report = client.send("a@example.org");
  EXPECT_EQ(report.code, ec::server_busy);
  EXPECT_TRUE(report.server_wide);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.connections(), 1u);
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

/// The rest of a delivery after MAIL.
dialog rest_of_delivery() {
  return {S("250 ok"), C_like("RCPT.*"), S("250 ok"),   C("DATA"),
          S("354 go"), C_data(),         S("250 taken")};
}

TEST(smtp, uses_as_many_connections_as_it_may_and_no_more) {
  auto two_mails = [](const char* first, const char* second) {
    return dialog{connected(),      C_like("MAIL.*"), gate(first),       rest_of_delivery(),
                  C_like("MAIL.*"), gate(second),     rest_of_delivery()};
  };
  scripted_server server(two_mails("first", "third"), two_mails("second", "fourth"));
  smtp_client client(settings_for(server, 2));
  std::vector<std::future<send_report>> all;
  for (int i = 0; i < 4; ++i) all.push_back(client.start("user@example.org"));
  for (const char* name : {"first", "second"}) ASSERT_TRUE(server.await(name));
  EXPECT_EQ(server.connections(), 2u);
  for (const char* name : {"first", "second"}) server.release(name);
  for (const char* name : {"third", "fourth"}) ASSERT_TRUE(server.await(name));
  for (const char* name : {"third", "fourth"}) server.release(name);
  for (auto& f : all) EXPECT_EQ(client.wait(std::move(f)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
  EXPECT_EQ(server.connections(), 2u);
}

TEST(smtp, carries_on_with_one_connection_when_the_server_grants_no_second) {
  scripted_server server(
      dialog{connected(), C_like("MAIL.*"), gate("first"), S("250 ok"), C_like("RCPT.*"),
             S("250 ok"), C("DATA"), S("354 go"), C_data(), S("250 taken"), taken("b@example.org")},
      dialog{S("421 one is enough")});
  smtp_client client(settings_for(server, 2));
  auto first = client.start("a@example.org");
  ASSERT_TRUE(server.await("first"));
  auto second = client.start("b@example.org");
  while (server.connections() < 2) client.round();
  server.release("first");
  EXPECT_EQ(client.wait(std::move(first)).code, ec::none);
  EXPECT_EQ(client.wait(std::move(second)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, holds_a_bounded_queue) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), hang()});
  smtp_client client(settings_for(server));
  std::vector<std::future<send_report>> all;
  for (int i = 0; i < 1'002; ++i) all.push_back(client.start("user@example.org"));
  EXPECT_EQ(client.wait(std::move(all.back())).code, ec::overloaded);
  all.pop_back();
  client.channel().close();
  for (auto& f : all) EXPECT_EQ(client.wait(std::move(f)).code, ec::cancelled);
  EXPECT_EQ(client.reports(), 1'002);
}

TEST(smtp, ends_everything_with_cancelled_when_it_is_closed) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), gate("begun"), hang()});
  smtp_client client(settings_for(server));
  auto begun = client.start("a@example.org"), waiting = client.start("b@example.org");
  ASSERT_TRUE(server.await("begun"));
  client.channel().close();
  EXPECT_EQ(client.wait(std::move(begun)).code, ec::cancelled);
  EXPECT_EQ(client.wait(std::move(waiting)).code, ec::cancelled);
  EXPECT_EQ(client.send("c@example.org").code, ec::cancelled);
  server.release("begun");
}

TEST(smtp, still_hears_the_answer_to_a_mail_that_is_with_the_server_when_it_is_closed) {
  scripted_server server(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                                S("250 ok"), C("DATA"), S("354 go"), C_data(), gate("thinking"),
                                S("250 taken"), C("QUIT")});
  smtp_client client(settings_for(server));
  auto sent = client.start("a@example.org");
  ASSERT_TRUE(server.await("thinking"));
  client.drop();
  client.round();
  server.release("thinking");
  EXPECT_EQ(client.wait(std::move(sent)).code, ec::none);
  EXPECT_EQ(server.verdict(), "");
}

TEST(smtp, does_not_hold_the_loop_up_while_a_server_thinks) {
  scripted_server slow(dialog{connected(), C_like("MAIL.*"), S("250 ok"), C_like("RCPT.*"),
                              S("250 ok"), C("DATA"), S("354 go"), C_data(), gate("thinking"),
                              S("250 taken")});
  scripted_server quick(dialog{connected(), taken()});
  smtp_client client(settings_for(slow));
  auto other = make_smtp(client.loop(), settings_for(quick));
  auto waits = client.start("a@example.org");
  ASSERT_TRUE(slow.await("thinking"));
  std::promise<send_report> done;
  other->send(
      {"desk@example.org", "user@example.org", std::make_shared<const std::string>("x\r\n")},
      [&](send_report r) { done.set_value(std::move(r)); });
  EXPECT_EQ(client.wait(done.get_future()).code, ec::none)
      << "while the first server has not answered";
  slow.release("thinking");
  EXPECT_EQ(client.wait(std::move(waits)).code, ec::none);
}

TEST(smtp, answers_every_mail_when_the_loop_ends_first) {
  std::future<send_report> waits;
  scripted_server server(dialog{connected(), C_like("MAIL.*"), gate("begun"), hang()});
  {
    auto ended = std::make_shared<std::promise<send_report>>();
    waits = ended->get_future();
    auto loop = std::make_unique<event_loop>();
    auto channel = make_smtp(*loop, settings_for(server));
    channel->send(
        {"desk@example.org", "user@example.org", std::make_shared<const std::string>("x\r\n")},
        [ended](send_report r) { ended->set_value(std::move(r)); });
    ASSERT_TRUE(server.await("begun"));
    server.release("begun");
    // The channel goes just before the loop, as when the process stops.
    channel.reset();
    loop.reset();
  }
  EXPECT_EQ(waits.get().code, ec::cancelled);
}

}  // namespace
}  // namespace postroom::channels

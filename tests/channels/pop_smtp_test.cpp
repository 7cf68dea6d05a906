// SMTP after a sign-in by POP3.
#include <gtest/gtest.h>

#include "tests/channels/smtp_client.hpp"
#include "tests/channels/smtp_script.hpp"
#include "tests/support/mail_lab.hpp"
#include "tests/support/scripted_text.hpp"

namespace postroom::channels {
namespace {

dialog signed_in() {
  return {pop3_sign_in("USER"), C("QUIT"), S("+OK bye")};
}
dialog refused(const std::string& answer) {
  return {S("+OK ready"), C("CAPA"),        S("-ERR what"), C("USER it"),
          S("+OK"),       C("PASS secret"), S(answer)};
}

outbound_settings settings_of(const scripted_server& pop, const scripted_server& smtp) {
  auto s = settings_for(smtp);
  s.protocol = outbound_settings::protocol::pop;
  s.pop = s.server;
  s.pop.port = pop.port();
  s.pop.login = "it";
  s.pop.password = "secret";
  return s;
}

TEST(pop_before_smtp, signs_in_before_the_first_mail_and_not_again_within_the_window) {
  scripted_server pop(signed_in());
  scripted_server smtp(dialog{connected(), taken(), taken()});
  smtp_client client(settings_of(pop, smtp));
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
  EXPECT_EQ(pop.connections(), 1u);
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
  EXPECT_EQ(pop.connections(), 1u);
  EXPECT_EQ(pop.verdict(), "");
  EXPECT_EQ(smtp.verdict(), "");
}

TEST(pop_before_smtp, signs_in_again_when_the_window_is_nearly_over) {
  scripted_server pop(signed_in(), signed_in());
  scripted_server smtp(dialog{connected(), taken(), taken()});
  auto settings = settings_of(pop, smtp);
  settings.pop_window = duration{0};
  smtp_client client(settings);
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
  EXPECT_EQ(pop.connections(), 2u);
  EXPECT_EQ(smtp.verdict(), "");
}

dialog denied(const std::string& answer) {
  return {C("MAIL FROM:<desk@example.org>"),
          S("250 ok"),
          C("RCPT TO:<user@example.org>"),
          S(answer),
          C("RSET"),
          S("250 ok")};
}

TEST(pop_before_smtp, a_refusal_by_a_server_that_forgot_the_sign_in_is_no_verdict) {
  scripted_server pop(signed_in(), signed_in());
  scripted_server smtp(dialog{connected(), denied("550 5.7.1 relaying denied"), taken()});
  auto settings = settings_of(pop, smtp);
  settings.pop_window = duration{0};
  smtp_client client(settings);
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
  EXPECT_EQ(pop.connections(), 2u);
}

TEST(pop_before_smtp, a_refusal_right_after_the_sign_in_is_a_verdict) {
  scripted_server pop(signed_in());
  scripted_server smtp(dialog{connected(), denied("550 5.1.1 no such user")});
  smtp_client client(settings_of(pop, smtp));
  const auto report = client.send("user@example.org");
  EXPECT_EQ(report.code, ec::recipient_refused);
  EXPECT_TRUE(report.permanent);
  EXPECT_EQ(pop.connections(), 1u);
}

TEST(pop_before_smtp, says_nothing_to_the_smtp_server_when_the_sign_in_failed) {
  const struct {
    const char* answer;
    ec code;
  } table[] = {{"-ERR [AUTH] wrong password", ec::auth_refused},
               {"-ERR [IN-USE] mailbox is locked", ec::server_busy}};
  for (const auto& row : table) {
    scripted_server pop(refused(row.answer));
    scripted_server smtp(connected());
    smtp_client client(settings_of(pop, smtp));
    const auto report = client.send("user@example.org");
    EXPECT_EQ(report.code, row.code);
    EXPECT_TRUE(report.server_wide);
    EXPECT_FALSE(report.permanent);
    EXPECT_EQ(report.reply.substr(0, 13), "POP3 sign-in:");
    EXPECT_EQ(smtp.connections(), 0u);
  }
}

TEST(pop_before_smtp, takes_a_connection_that_breaks_after_the_sign_in_for_one_that_worked) {
  scripted_server pop(dialog{pop3_sign_in("USER"), C("QUIT"), hang_up()});
  scripted_server smtp(dialog{connected(), taken()});
  smtp_client client(settings_of(pop, smtp));
  EXPECT_EQ(client.send("user@example.org").code, ec::none);
}

TEST(pop_before_smtp, ends_every_mail_once_when_it_is_dropped_during_the_sign_in) {
  scripted_server pop(dialog{S("+OK ready"), gate("here"), hang()});
  scripted_server smtp(connected());
  smtp_client client(settings_of(pop, smtp));
  auto first = client.start("user@example.org");
  auto second = client.start("other@example.org");
  ASSERT_TRUE(pop.await("here"));
  client.drop();
  EXPECT_EQ(client.wait(std::move(first)).code, ec::cancelled);
  EXPECT_EQ(client.wait(std::move(second)).code, ec::cancelled);
  pop.release("here");
  EXPECT_EQ(client.reports(), 2);
}

TEST(pop_before_smtp, sends_through_a_real_mail_system) {
  auto& lab = support::mail_lab::shared();
  const auto user = lab.fresh_user();
  outbound_settings s;
  s.protocol = outbound_settings::protocol::pop;
  s.helo = "localhost";
  s.server.host = lab.host();
  s.server.port = lab.port("smtp");
  s.server.security = security::none;
  s.pop.host = lab.host();
  s.pop.port = lab.port("pop3s");
  s.pop.ca_file = lab.ca_file();
  s.pop.login = lab.fresh_user();
  s.pop.password = lab.password();
  smtp_client client(s);
  EXPECT_EQ(client.send(user + "@example.org").code, ec::none);
  EXPECT_EQ(lab.count(user), 1u);
  s.pop.password = "wrong";
  smtp_client other(s);
  EXPECT_EQ(other.send(user + "@example.org").code, ec::auth_refused);
  EXPECT_EQ(lab.count(user), 1u);
}

}  // namespace
}  // namespace postroom::channels

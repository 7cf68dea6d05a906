#include <gtest/gtest.h>

#include "tests/channels/smtp_client.hpp"
#include "tests/support/mail_lab.hpp"

namespace postroom::channels {
namespace {

using support::mail_lab;

mail_lab& lab() {
  return mail_lab::shared();
}

outbound_settings settings_for(security how) {
  outbound_settings s;
  s.server.host = lab().host();
  s.server.security = how;
  s.server.port = lab().port(how == security::tls        ? "smtps"
                             : how == security::starttls ? "smtp_starttls"
                                                         : "smtp");
  s.server.ca_file = lab().ca_file();
  if (how != security::none) {
    s.server.login = "desk";
    s.server.password = lab().password();
  }
  s.helo = "localhost";
  return s;
}

std::string mail_number(std::size_t n) {
  return "From: desk@example.org\r\nSubject: " + std::to_string(n) +
         "\r\n\r\n.dot\r\n..\r\nnumber " + std::to_string(n) + "\r\n";
}

class smtp_lab : public testing::TestWithParam<security> {};

TEST_P(smtp_lab, delivers_mails_that_arrive_whole) {
  auto user = lab().fresh_user();
  smtp_client client(settings_for(GetParam()));
  std::vector<std::future<send_report>> all;
  for (std::size_t i = 0; i < 20; ++i)
    all.push_back(client.start(user + "@example.org", mail_number(i)));
  for (auto& f : all) {
    auto report = client.wait(std::move(f));
    EXPECT_EQ(report.code, ec::none) << report.reply;
    EXPECT_EQ(report.reply_code, 250);
  }
  auto arrived = lab().mails(user);
  ASSERT_EQ(arrived.size(), 20u);
  std::size_t whole = 0;
  for (const auto& mail : arrived)
    whole += mail_lab::read(mail).find("\n.dot\n..\nnumber ") != std::string::npos ||
             mail_lab::read(mail).find("\r\n.dot\r\n..\r\nnumber ") != std::string::npos;
  EXPECT_EQ(whole, 20u);
}

TEST_P(smtp_lab, tells_an_unknown_recipient_from_a_known_one) {
  smtp_client client(settings_for(GetParam()));
  auto report = client.send("unknown@example.org");
  EXPECT_EQ(report.code, ec::recipient_refused);
  EXPECT_TRUE(report.permanent);
  EXPECT_FALSE(report.server_wide);
  EXPECT_EQ(report.reply_code, 550);
  EXPECT_EQ(client.send(lab().fresh_user() + "@example.org").code, ec::none);
}

INSTANTIATE_TEST_SUITE_P(each_security, smtp_lab,
                         testing::Values(security::tls, security::starttls, security::none),
                         [](const auto& param) {
                           return param.param == security::tls        ? "tls"
                                  : param.param == security::starttls ? "starttls"
                                                                      : "plain";
                         });

TEST(smtp_with_a_server, signs_in_with_each_method_the_server_takes) {
  for (const char* method : {"PLAIN", "LOGIN"}) {
    auto settings = settings_for(security::starttls);
    settings.server.auth_methods = {method};
    smtp_client client(settings);
    EXPECT_EQ(client.send(lab().fresh_user() + "@example.org").code, ec::none) << method;
  }
}

TEST(smtp_with_a_server, reports_a_wrong_password_for_the_whole_server) {
  auto settings = settings_for(security::tls);
  settings.server.password = "wrong";
  smtp_client client(settings);
  auto report = client.send("user@example.org");
  EXPECT_EQ(report.code, ec::auth_refused);
  EXPECT_TRUE(report.server_wide);
  EXPECT_FALSE(report.permanent);
}

TEST(smtp_with_a_server, does_not_send_to_an_unknown_certificate) {
  auto settings = settings_for(security::starttls);
  settings.server.ca_file.clear();
  smtp_client client(settings);
  auto report = client.send("user@example.org");
  EXPECT_EQ(report.code, ec::tls_failed);
  EXPECT_TRUE(report.server_wide);
}

// libcurl itself takes every name below .localhost for this machine (RFC 6761 6.3).
TEST(smtp_with_a_server, does_not_send_to_a_certificate_of_another_host) {
  auto settings = settings_for(security::starttls);
  settings.server.host = "other.localhost";
  smtp_client client(settings);
  auto report = client.send("user@example.org");
  EXPECT_EQ(report.code, ec::tls_failed);
  EXPECT_TRUE(report.server_wide);
}

TEST(smtp_with_a_server, does_not_fall_back_to_plain_text) {
  auto settings = settings_for(security::none);
  settings.server.security = security::starttls;  // this port offers none
  smtp_client client(settings);
  EXPECT_EQ(client.send("user@example.org").code, ec::tls_failed);
}

TEST(smtp_with_a_server, sends_a_mail_of_some_megabytes_over_tls) {
  auto user = lab().fresh_user();
  std::string large = mail_number(1);
  while (large.size() < 6'000'000)
    large += "a line of a large mail, quite ordinary\r\n.with a dot\r\n";
  smtp_client client(settings_for(security::tls));
  auto report = client.send(user + "@example.org", large);
  EXPECT_EQ(report.code, ec::none) << report.reply;
  EXPECT_EQ(lab().count(user), 1u);
}

}  // namespace
}  // namespace postroom::channels

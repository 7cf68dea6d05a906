#include <gtest/gtest.h>

#include "tests/channels/inbound_client.hpp"
#include "tests/support/mail_lab.hpp"

namespace postroom::channels {
namespace {

using support::mail_lab;

mail_lab& lab() {
  return mail_lab::shared();
}

inbound_settings settings_for(const std::string& user, security how = security::tls) {
  inbound_settings s;
  s.protocol = inbound_settings::protocol::pop3;
  s.server.host = lab().host();
  s.server.port = lab().port(how == security::tls ? "pop3s" : "pop3");
  s.server.security = how;
  s.server.ca_file = lab().ca_file();
  s.server.login = user;
  s.server.password = lab().password();
  return s;
}

/// A mail with dots where they hurt, and a number by which it is known again.
std::string mail_number(std::size_t n) {
  return "From: a@example.org\r\nSubject: " + std::to_string(n) +
         "\r\n\r\n.\r\n..\r\ntext\r\n.end " + std::to_string(n) + "\r\n";
}

std::vector<std::string> numbered_mails(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(mail_number(i));
  return out;
}

class pop3_dovecot : public testing::TestWithParam<security> {};

TEST_P(pop3_dovecot, reads_two_hundred_mails_and_leaves_them) {
  auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(200));
  inbound_client client(settings_for(user, GetParam()));
  auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 200u);
  auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  ASSERT_EQ(got.mails.size(), 200u);
  for (std::size_t i = 0; i < 200; ++i) {
    const auto& [uid, mail] = got.mails[i];
    ASSERT_TRUE(mail) << mail.error().text();
    EXPECT_EQ(uid, i + 1);
    EXPECT_EQ((*mail)->size(), mails[i].size);
    EXPECT_TRUE((*mail)->ends_with(mail_number(i).substr(mail_number(i).find("\r\n\r\n"))))
        << **mail;
  }
  EXPECT_TRUE(client.settle(mails, after_commit::leave));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(lab().count(user), 200u);
}

TEST_P(pop3_dovecot, refuses_a_wrong_password) {
  auto settings = settings_for(lab().fresh_user(), GetParam());
  settings.server.password = "wrong";
  inbound_client client(settings);
  EXPECT_EQ(client.open().code(), ec::auth_refused);
}

INSTANTIATE_TEST_SUITE_P(each_security, pop3_dovecot,
                         testing::Values(security::tls, security::starttls, security::none),
                         [](const auto& param) {
                           return param.param == security::tls        ? "tls"
                                  : param.param == security::starttls ? "starttls"
                                                                      : "plain";
                         });

TEST(pop3_with_dovecot, removes_mails_at_quit_and_keeps_their_ids_across_sessions) {
  auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(5));
  std::vector<listed_mail> first;
  {
    inbound_client client(settings_for(user));
    first = client.open_and_list();
    ASSERT_EQ(first.size(), 5u);
    EXPECT_TRUE(client.settle({first[0], first[2]}, after_commit::remove));
    EXPECT_EQ(lab().count(user), 5u) << "nothing is gone before the good-bye";
    EXPECT_TRUE(client.close());
  }
  EXPECT_EQ(lab().count(user), 3u);
  inbound_client client(settings_for(user));
  auto second = client.open_and_list();
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(second[0].uidl, first[1].uidl);
  // Told with the numbers of the first session, only what is still there is touched, and by its id.
  auto got = client.fetch({first[0], first[4]});
  EXPECT_EQ(got.mails.at(0).second.code(), ec::not_found);
  ASSERT_TRUE(got.mails.at(1).second);
  EXPECT_TRUE((*got.mails.at(1).second)->ends_with(".end 4\r\n"));
  EXPECT_TRUE(client.settle(first, after_commit::remove));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(lab().count(user), 0u);
}

TEST(pop3_with_dovecot, removes_nothing_without_a_good_bye) {
  auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(2));
  {
    inbound_client client(settings_for(user));
    auto mails = client.open_and_list();
    EXPECT_TRUE(client.settle(mails, after_commit::remove));
    client.drop();
  }
  // Dovecot lets the next session in once the first is over, so what it shows is final.
  inbound_client client(settings_for(user));
  EXPECT_EQ(client.open_and_list().size(), 2u);
  EXPECT_TRUE(client.close());
}

TEST(pop3_with_dovecot, hands_a_large_mail_on_in_pieces) {
  auto user = lab().fresh_user();
  std::string large = mail_number(1);
  while (large.size() < 5'000'000)
    large += "a line of a large mail, quite ordinary\r\n.with a dot\r\n";
  lab().deliver(user, large);
  auto settings = settings_for(user);
  settings.max_mail_bytes = 1'000;
  inbound_client client(settings);
  auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(client.fetch(mails).mails.at(0).second.code(), ec::mail_too_large);
  std::string bytes;
  std::vector<std::size_t> pieces;
  auto total = client.fetch_in_pieces(mails[0], bytes, pieces);
  ASSERT_TRUE(total) << total.error().text();
  EXPECT_EQ(*total, mails[0].size);
  EXPECT_TRUE(bytes.ends_with(large.substr(large.size() - 4'000'000)));
  EXPECT_TRUE(client.close());
}

TEST(pop3_with_dovecot, does_not_trust_an_unknown_certificate) {
  auto settings = settings_for(lab().fresh_user());
  settings.server.ca_file.clear();
  inbound_client client(settings);
  EXPECT_EQ(client.open().code(), ec::tls_failed);
}

// libcurl itself takes every name below .localhost for this machine (RFC 6761 6.3).
TEST(pop3_with_dovecot, does_not_trust_a_certificate_of_another_host) {
  auto settings = settings_for(lab().fresh_user());
  settings.server.host = "other.localhost";
  inbound_client client(settings);
  EXPECT_EQ(client.open().code(), ec::tls_failed);
}

}  // namespace
}  // namespace postroom::channels

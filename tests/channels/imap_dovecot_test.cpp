#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

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
  s.server.host = lab().host();
  s.server.port = lab().port(how == security::tls ? "imaps" : "imap");
  s.server.security = how;
  s.server.ca_file = lab().ca_file();
  s.server.login = user;
  s.server.password = lab().password();
  return s;
}

std::string mail_number(std::size_t n, std::size_t body_bytes = 2'000) {
  std::string mail = "From: a@example.org\r\nTo: it@example.org\r\nSubject: " + std::to_string(n) +
                     "\r\nX-Number: " + std::to_string(n) + "\r\n\r\n";
  while (mail.size() < body_bytes) mail += "line of mail " + std::to_string(n) + "\r\n";
  return mail;
}

std::vector<std::string> numbered_mails(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(mail_number(i));
  return out;
}

class imap_dovecot_security : public testing::TestWithParam<security> {};

TEST_P(imap_dovecot_security, opens_lists_and_fetches) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(3));
  inbound_client client(settings_for(user, GetParam()));
  const auto opened = client.open();
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_GT(opened->uid_validity, 0u);
  EXPECT_EQ(opened->messages, 3u);
  EXPECT_EQ(opened->uid_next, 4u);
  EXPECT_GT(opened->highest_modseq, 0u);
  EXPECT_TRUE(opened->can_wait);
  const auto listed = client.list();
  ASSERT_TRUE(listed.ok()) << listed.error().detail;
  const auto& mails = listed->mails;
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_EQ(mails[0].uid, 1u);
  EXPECT_TRUE(mails[0].internal_date.has_value());
  const auto got = client.fetch(mails);
  ASSERT_TRUE(got.end);
  ASSERT_EQ(got.mails.size(), 3u);
  for (const auto& [uid, bytes] : got.mails) {
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ((*bytes)->size(), mails[uid - 1].size);
    EXPECT_NE((*bytes)->find("X-Number: " + std::to_string(uid - 1) + "\r\n"), std::string::npos);
  }
  EXPECT_TRUE(client.close().ok());
}

INSTANTIATE_TEST_SUITE_P(each, imap_dovecot_security,
                         testing::Values(security::tls, security::starttls, security::none));

TEST(imap_dovecot, tells_a_wrong_password) {
  for (const auto& methods : std::vector<std::vector<std::string>>{{}, {"PLAIN"}, {"+LOGIN"}}) {
    auto s = settings_for(lab().fresh_user());
    s.server.password = "wrong";
    s.server.auth_methods = methods;
    const auto opened = inbound_client(s).open();
    EXPECT_EQ(opened.code(), ec::auth_refused);
    EXPECT_EQ(opened.error().detail, "NO [AUTHENTICATIONFAILED]");
  }
}

TEST(imap_dovecot, signs_in_with_each_chosen_method) {
  for (const auto& methods : std::vector<std::vector<std::string>>{
           {"PLAIN"}, {"LOGIN"}, {"CRAM-MD5", "PLAIN"}, {"+LOGIN"}}) {
    auto s = settings_for(lab().fresh_user());
    s.server.auth_methods = methods;
    const auto opened = inbound_client(s).open();
    EXPECT_TRUE(opened.ok()) << methods.front() << " " << opened.error().detail;
  }
}

TEST(imap_dovecot, without_a_sign_in_says_that_one_is_wanted) {
  auto s = settings_for(lab().fresh_user());
  s.server.auth_methods = {"NONE"};
  EXPECT_EQ(inbound_client(s).open().code(), ec::auth_refused);
}

TEST(imap_dovecot, trusts_no_certificate_of_an_authority_it_was_not_given) {
  auto s = settings_for(lab().fresh_user());
  s.server.ca_file.clear();
  EXPECT_EQ(inbound_client(s).open().code(), ec::tls_failed);
  s.server.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(inbound_client(s).open().code(), ec::config_invalid);
}

// libcurl itself takes every name below .localhost for this machine (RFC 6761 6.3).
TEST(imap_dovecot, trusts_no_certificate_that_was_given_to_another_host) {
  auto s = settings_for(lab().fresh_user());
  s.server.host = "other.localhost";
  const auto opened = inbound_client(s).open();
  EXPECT_EQ(opened.code(), ec::tls_failed) << opened.error().text();
}

TEST(imap_dovecot, tells_a_missing_mailbox) {
  auto s = settings_for(lab().fresh_user());
  s.mailbox = "Nicht da: äöü";
  EXPECT_EQ(inbound_client(s).open().code(), ec::mailbox_missing);
}

TEST(imap_dovecot, lists_in_portions_behind_a_uid) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(25));
  inbound_client client(settings_for(user));
  ASSERT_TRUE(client.open().ok());
  uint64_t after = 0;
  std::vector<std::size_t> portions;
  for (int i = 0; i < 4; ++i) {
    const auto listed = client.list(after, 10);
    ASSERT_TRUE(listed.ok());
    const auto& mails = listed->mails;
    portions.push_back(mails.size());
    if (mails.empty()) break;
    EXPECT_EQ(mails.front().uid, after + 1);
    after = mails.back().uid;
  }
  EXPECT_EQ(portions, (std::vector<std::size_t>{10, 10, 5, 0}));
}

TEST(imap_dovecot, lists_behind_a_gap_and_sees_what_came_after_the_opening) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(60));
  inbound_client client(settings_for(user));
  auto mails = client.open_and_list();
  mails.erase(mails.begin());
  mails.pop_back();
  ASSERT_TRUE(client.settle(mails, after_commit::remove).ok());
  lab().deliver(user, mail_number(60));
  const auto left = client.list(0, 2);
  ASSERT_TRUE(left.ok());
  ASSERT_EQ(left->mails.size(), 2u);
  EXPECT_EQ(left->mails[0].uid, 1u);
  EXPECT_EQ(left->mails[1].uid, 60u);
  const auto fresh = client.list(60, 10);
  ASSERT_TRUE(fresh.ok());
  ASSERT_EQ(fresh->mails.size(), 1u);
  EXPECT_EQ(fresh->mails.front().uid, 61u);
}

TEST(imap_dovecot, fetches_500_mails_once_each_in_overlapping_calls) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(500));
  auto s = settings_for(user);
  s.pipeline_bytes = 100'000;
  inbound_client client(s);
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 500u);
  awaited_fetch first, second;
  client.channel().fetch({mails.begin(), mails.begin() + 250}, first.on_mail(), first.done());
  client.channel().fetch({mails.begin() + 250, mails.end()}, second.on_mail(), second.done());
  std::vector<uint64_t> seen;
  for (const auto& part : {second.get(), first.get()}) {
    ASSERT_TRUE(part.end);
    EXPECT_EQ(part.mails.size(), 250u);
    for (const auto& [uid, bytes] : part.mails) {
      ASSERT_TRUE(bytes.ok());
      EXPECT_NE((*bytes)->find("X-Number: " + std::to_string(uid - 1) + "\r\n"), std::string::npos);
      seen.push_back(uid);
    }
  }
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(imap_dovecot, says_which_mails_are_gone) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(3));
  inbound_client client(settings_for(user)), other(settings_for(user));
  ASSERT_TRUE(client.open().ok());
  ASSERT_TRUE(other.open().ok());
  const auto listed = client.list();
  ASSERT_TRUE(listed.ok());
  const auto& mails = listed->mails;
  ASSERT_TRUE(other.settle({mails.at(1)}, after_commit::remove).ok());
  const auto got = client.fetch(mails);
  ASSERT_TRUE(got.end);
  std::map<uint64_t, ec> codes;
  for (const auto& [uid, bytes] : got.mails) codes[uid] = bytes.code();
  EXPECT_EQ(codes, (std::map<uint64_t, ec>{{1, ec::none}, {2, ec::not_found}, {3, ec::none}}));
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen).ok());
}

TEST(imap_dovecot, settles_and_may_repeat_it) {
  const auto user = lab().fresh_user();
  lab().deliver(user, numbered_mails(9));
  inbound_client client(settings_for(user));
  const auto mails = client.open_and_list();
  const std::vector<listed_mail> seen(mails.begin(), mails.begin() + 3),
      moved(mails.begin() + 3, mails.begin() + 6), removed(mails.begin() + 6, mails.end());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(client.settle(seen, after_commit::mark_seen).ok());
    EXPECT_TRUE(client.settle(moved, after_commit::move, "Erledigt.Fälle & mehr").ok());
    EXPECT_TRUE(client.settle(removed, after_commit::remove).ok());
    EXPECT_TRUE(client.settle(seen, after_commit::leave).ok());
  }
  const auto left = client.list();
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(left->mails.size(), 3u);
  ASSERT_TRUE(client.close().ok());
  for (const auto& mail : lab().mails(user)) EXPECT_NE(mail.flags.find('S'), std::string::npos);
  auto s = settings_for(user);
  s.mailbox = "Erledigt.Fälle & mehr";
  const auto folder = inbound_client(s).open();
  ASSERT_TRUE(folder.ok()) << folder.error().detail;
  EXPECT_EQ(folder->messages, 3u);
}

TEST(imap_dovecot, leaves_mails_unseen_when_it_fetches) {
  const auto user = lab().fresh_user();
  lab().deliver(user, mail_number(1));
  inbound_client client(settings_for(user));
  ASSERT_TRUE(client.open().ok());
  ASSERT_TRUE(client.fetch(client.list()->mails).end);
  ASSERT_TRUE(client.close().ok());
  EXPECT_EQ(lab().mails(user).at(0).flags, "");
}

TEST(imap_dovecot, wakes_when_a_mail_comes) {
  const auto user = lab().fresh_user();
  inbound_client client(settings_for(user));
  ASSERT_TRUE(client.open().ok());
  EXPECT_EQ(client.list()->mails.size(), 0u);
  awaited<wake> end;
  client.channel().wait(duration{25'000}, end.done());
  const auto before = std::chrono::steady_clock::now();
  lab().deliver(user, mail_number(1));
  const auto woken = end.get();
  ASSERT_TRUE(woken.ok()) << woken.error().detail;
  EXPECT_TRUE(woken->news);
  EXPECT_GE(woken->heard_at, before);
  EXPECT_LE(woken->heard_at, std::chrono::steady_clock::now());
  EXPECT_EQ(client.list()->mails.size(), 1u);
  const auto again = client.wait(duration{50});
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->news);
  EXPECT_EQ(client.list()->mails.size(), 1u);
}

TEST(imap_dovecot, takes_a_mail_of_40_mb_whole_and_in_pieces) {
  const auto user = lab().fresh_user();
  lab().deliver(user, mail_number(7, 40'000'000));
  inbound_client client(settings_for(user));
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1u);
  const auto whole = client.fetch(mails);
  ASSERT_TRUE(whole.end);
  ASSERT_TRUE(whole.mails.at(0).second.ok());
  const auto& bytes = **whole.mails.at(0).second;
  EXPECT_EQ(bytes.size(), mails.front().size);

  std::string pieces;
  std::atomic<int> held{0};
  const auto total = client.fetch_in_pieces(mails.front(), [&](const auto& piece, auto next) {
    EXPECT_EQ(++held, 1);
    EXPECT_LE(piece.size(), 1u << 20);
    pieces += piece;
    // Another thread takes it, later.
    std::thread([next, &held] {
      --held;
      next();
      next();
    }).detach();
  });
  ASSERT_TRUE(total.ok()) << total.error().detail;
  EXPECT_EQ(*total, bytes.size());
  EXPECT_TRUE(pieces == bytes);
}

TEST(imap_dovecot, skips_a_mail_over_the_limit_and_goes_on) {
  const auto user = lab().fresh_user();
  lab().deliver(user, mail_number(1, 200'000));
  lab().deliver(user, mail_number(2));
  auto s = settings_for(user);
  s.max_mail_bytes = 100'000;
  inbound_client client(s);
  auto mails = client.open_and_list();
  for (const bool server_lies : {false, true}) {
    if (server_lies) mails.front().size = 10;
    const auto got = client.fetch(mails);
    ASSERT_TRUE(got.end);
    ASSERT_EQ(got.mails.size(), 2u);
    EXPECT_EQ(got.mails[0].second.code(), ec::mail_too_large);
    EXPECT_TRUE(got.mails[1].second.ok());
  }
}

TEST(imap_dovecot, a_frozen_server_ends_the_call_with_a_timeout) {
  mail_lab own;
  inbound_settings s;
  s.server.host = own.host();
  s.server.port = own.port("imaps");
  s.server.ca_file = own.ca_file();
  s.server.login = own.fresh_user();
  s.server.password = own.password();
  s.server.request_timeout = duration{300};
  s.server.connect_timeout = duration{2'000};
  inbound_client client(s);
  ASSERT_TRUE(client.open().ok());
  own.freeze();
  EXPECT_EQ(client.list().code(), ec::timeout);
  EXPECT_EQ(client.list().code(), ec::connection_lost);
  s.server.connect_timeout = duration{300};
  EXPECT_EQ(inbound_client(s).open().code(), ec::timeout);
  own.thaw();
  own.stop();
  EXPECT_EQ(inbound_client(s).open().code(), ec::unreachable);
}

}  // namespace
}  // namespace postroom::channels

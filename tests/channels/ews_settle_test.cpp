#include <gtest/gtest.h>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

std::vector<listed_mail> three_mails(ews_client& client, const std::string& user) {
  for (const char* n : {"a", "b", "c"}) exchange().deliver(user, ews_mail(n));
  return client.open_and_list();
}

TEST(ews_settle, marks_as_read_without_moving) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  ASSERT_TRUE(client.settle({mails[0], mails[2]}, after_commit::mark_seen));
  const auto left = exchange().mails(user);
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0].at("seen"), true);
  EXPECT_EQ(left[1].at("seen"), false);
  EXPECT_EQ(left[2].at("seen"), true);
}

TEST(ews_settle, moves_into_a_folder_that_it_makes) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  ASSERT_TRUE(client.settle({mails[0]}, after_commit::move, "Handled"));
  ASSERT_TRUE(client.settle({mails[1]}, after_commit::move, "handled"));
  EXPECT_EQ(exchange().mails(user).size(), 1U);
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 2U);
  EXPECT_EQ(count_of("CreateFolder"), 1U);
}

TEST(ews_settle, moves_into_a_folder_below_the_inbox) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  ASSERT_TRUE(client.settle({mails[0]}, after_commit::move, "INBOX/Old & <done>/2026"));
  EXPECT_EQ(exchange().mails(user, "inbox/Old & <done>/2026").size(), 1U);
}

TEST(ews_settle, makes_no_folder_for_no_mail) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  client.open_and_list();
  ASSERT_TRUE(client.settle({}, after_commit::move, "Handled"));
  EXPECT_EQ(count_of("CreateFolder"), 0U);
}

TEST(ews_settle, removes_from_every_folder) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  ASSERT_TRUE(client.settle({mails[1]}, after_commit::remove));
  EXPECT_EQ(exchange().mails(user).size(), 2U);
  EXPECT_EQ(exchange().mails(user, "deleteditems").size(), 0U);
}

TEST(ews_settle, leaves_what_is_to_be_left) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  const auto before = exchange().mails(user);
  ASSERT_TRUE(client.settle(mails, after_commit::leave));
  EXPECT_EQ(exchange().mails(user), before);
}

TEST(ews_settle, may_be_repeated) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(client.settle({mails[0]}, after_commit::mark_seen));
    EXPECT_TRUE(client.settle({mails[1]}, after_commit::move, "Handled"));
    EXPECT_TRUE(client.settle({mails[2]}, after_commit::remove));
  }
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 1U);
}

TEST(ews_settle, settles_the_others_when_one_is_refused) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  exchange().control(
      {{"do", "fault"}, {"match", "DeleteItem"}, {"lie", "error"}, {"code", "ErrorItemSave"}});
  EXPECT_EQ(client.settle(mails, after_commit::remove).code(), ec::server_busy);
  EXPECT_EQ(exchange().mails(user).size(), 1U);
  EXPECT_TRUE(client.settle(mails, after_commit::remove));
  EXPECT_EQ(exchange().mails(user).size(), 0U);
}

void refuse(const std::string& code, int at, int items, int times) {
  exchange().control({{"do", "fault"},
                      {"match", "MoveItem"},
                      {"lie", "error"},
                      {"code", code},
                      {"at", at},
                      {"items", items},
                      {"times", times}});
}

TEST(ews_settle, takes_a_mail_whose_id_is_malformed_for_gone) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  auto mails = three_mails(client, user);
  mails[1].uidl = "AAMk!";
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 2U);
}

TEST(ews_settle, moves_the_others_and_tells_when_one_cannot_be_moved) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  refuse("ErrorMoveCopyFailed", 1, 1, 1);
  refuse("ErrorMoveCopyFailed", 0, 1, 2);
  EXPECT_EQ(client.settle(mails, after_commit::move, "Handled").code(), ec::server_busy);
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 2U);
  EXPECT_EQ(count_of("MoveItem"), 3U);
}

TEST(ews_settle, tries_a_mail_again_that_could_not_be_moved_once) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  refuse("ErrorMoveCopyFailed", 1, 1, 1);
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 3U);
}

TEST(ews_settle, gives_no_mail_up_when_none_can_be_moved) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  const auto mails = three_mails(client, user);
  refuse("ErrorMoveCopyFailed", 0, 3, 3);
  EXPECT_EQ(client.settle(mails, after_commit::move, "Handled").code(), ec::server_busy);
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 3U);
}

TEST(ews_settle, settles_the_others_when_one_spoils_the_whole_request) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 8; ++i) exchange().deliver(user, ews_mail(std::to_string(i)));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  const auto bad = exchange().mails(user)[4].at("id");
  for (const char* how : {"status", "fault"}) {
    exchange().control({{"do", "poison"},
                        {"user", user},
                        {"id", bad},
                        {"how", how},
                        {"code", "ErrorInvalidRequest"}});
    EXPECT_EQ(client.settle(mails, after_commit::move, "Handled").code(), ec::server_busy) << how;
    EXPECT_EQ(exchange().mails(user, "Handled").size(), 7U) << how;
    EXPECT_EQ(exchange().mails(user).size(), 1U) << how;
  }
}

TEST(ews_settle, asks_no_server_about_each_mail_that_fails_for_all) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 64; ++i) exchange().deliver(user, ews_mail(std::to_string(i)));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  exchange().control(
      {{"do", "fault"}, {"match", "DeleteItem"}, {"before", true}, {"status", 500}, {"times", 0}});
  EXPECT_EQ(client.settle(mails, after_commit::remove).code(), ec::server_busy);
  EXPECT_LE(count_of("DeleteItem"), 10U);
}

TEST(ews_settle, settles_hundreds) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 250; ++i) exchange().deliver(user, ews_mail(std::to_string(i)));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.settle(client.open_and_list(), after_commit::move, "Handled"));
  EXPECT_EQ(exchange().mails(user, "Handled").size(), 250U);
  EXPECT_EQ(count_of("MoveItem"), 3U);
}

}  // namespace
}  // namespace postroom::channels

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

using json = nlohmann::json;

std::string received(int second) {
  return "2026-11-30T12:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + "Z";
}

void deliver_at(const std::string& user, const std::string& base64, int second,
                const std::string& kind = "Message") {
  exchange().control({{"do", "deliver"},
                      {"user", user},
                      {"raw", base64},
                      {"kind", kind},
                      {"received", received(second)}});
}

std::vector<uint64_t> uids(const std::vector<listed_mail>& mails) {
  std::vector<uint64_t> out;
  for (const auto& m : mails) out.push_back(m.uid);
  return out;
}

std::set<std::string> ids(const std::vector<listed_mail>& mails) {
  std::set<std::string> out;
  for (const auto& m : mails) out.insert(m.uidl);
  return out;
}

TEST(ews_list, tells_ids_sizes_and_times) {
  const auto user = fresh_mailbox();
  deliver_at(user, "YWJjZA==", 7);
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails[0].uid, 1U);
  EXPECT_FALSE(mails[0].uidl.empty());
  EXPECT_EQ(mails[0].size, 4U);
  EXPECT_FALSE(mails[0].size_is_bound);
  ASSERT_TRUE(mails[0].internal_date);
  EXPECT_EQ(render_time(*mails[0].internal_date), "2026-11-30T12:00:07.000Z");
}

TEST(ews_list, shows_only_what_came_since_the_listing_before) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  ews_client client(ews_settings(user));
  const auto first = client.open_and_list();
  exchange().deliver(user, ews_mail("two"));
  const auto second = client.list(1);
  ASSERT_TRUE(second);
  ASSERT_EQ(uids(second->mails), std::vector<uint64_t>{2});
  EXPECT_FALSE(ids(first).contains(second->mails[0].uidl));
  const auto third = client.list(2);
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->mails.empty());
}

TEST(ews_list, goes_on_from_the_position_of_another_session) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  std::string position;
  {
    ews_client client(ews_settings(user));
    ASSERT_TRUE(client.open());
    position = client.list()->position;
    ASSERT_FALSE(position.empty());
  }
  exchange().deliver(user, ews_mail("two"));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  client.channel().resume(position);
  const auto got = client.list(1);
  ASSERT_TRUE(got);
  EXPECT_EQ(client.fetch(got->mails).subjects(), std::vector<std::string>{"two"});
}

TEST(ews_list, says_so_when_the_server_lost_the_position_and_then_lists_all) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  ews_client client(ews_settings(user));
  const auto first = client.open_and_list();
  exchange().control({{"do", "lose_sync"}});
  EXPECT_EQ(client.list(1).code(), ec::position_lost);
  const auto again = client.list(0);
  ASSERT_TRUE(again);
  EXPECT_EQ(ids(again->mails), ids(first));
  EXPECT_EQ(uids(again->mails), std::vector<uint64_t>{2}) << "a number is never used twice";
}

TEST(ews_list, takes_a_position_of_an_earlier_session_that_the_server_refuses_for_lost) {
  for (const char* code : {"ErrorSyncFolderNotFound", "ErrorAccessDenied", "ErrorInvalidRequest"}) {
    const auto user = fresh_mailbox();
    exchange().deliver(user, ews_mail("one"));
    ews_client client(ews_settings(user));
    ASSERT_TRUE(client.open());
    client.channel().resume("a position of another folder");
    const auto refuse = [&] {
      exchange().control(
          {{"do", "fault"}, {"match", "SyncFolderItems"}, {"lie", "fault"}, {"code", code}});
    };
    refuse();
    EXPECT_EQ(client.list(1).code(), ec::position_lost) << code;
    refuse();
    EXPECT_NE(client.list().code(), ec::position_lost) << "said of the folder: " << code;
    EXPECT_EQ(client.list()->mails.size(), 1U);
    exchange().control({{"do", "forget"}});
  }
}

TEST(ews_list, takes_a_position_of_nonsense_for_lost) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  client.channel().resume("<&\x01 nonsense");
  EXPECT_EQ(client.list(1).code(), ec::position_lost);
}

TEST(ews_list, reads_more_mails_than_a_page_holds) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 700; ++i) exchange().deliver(user, ews_mail(std::to_string(i)));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  EXPECT_EQ(mails.size(), 700U);
  EXPECT_EQ(ids(mails).size(), 700U);
  EXPECT_TRUE(std::ranges::is_sorted(uids(mails)));
  EXPECT_EQ(count_of("SyncFolderItems"), 2U);
}

TEST(ews_list, stops_at_the_number_asked_for_and_goes_on_there) {
  const auto user = fresh_mailbox();
  for (int i = 0; i < 5; ++i) exchange().deliver(user, ews_mail(std::to_string(i)));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  const auto first = client.list(0, 2), second = client.list(2, 2), third = client.list(4, 2);
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(uids(first->mails), (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(uids(second->mails), (std::vector<uint64_t>{3, 4}));
  EXPECT_EQ(uids(third->mails), (std::vector<uint64_t>{5}));
}

TEST(ews_list, passes_over_what_is_no_mail) {
  const auto user = fresh_mailbox();
  deliver_at(user, "YQ==", 1, "Contact");
  deliver_at(user, "Yg==", 2, "MeetingRequest");
  deliver_at(user, "Yw==", 3, "Message");
  ews_client client(ews_settings(user));
  EXPECT_EQ(client.open_and_list().size(), 2U);
}

TEST(ews_list, takes_neither_a_read_flag_nor_a_removal_for_a_new_mail) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  exchange().deliver(user, ews_mail("two"));
  ews_client client(ews_settings(user));
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 2U);
  ASSERT_TRUE(client.settle({mails[0]}, after_commit::mark_seen));
  ASSERT_TRUE(client.settle({mails[1]}, after_commit::remove));
  const auto got = client.list(2);
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->mails.empty());
}

TEST(ews_list, shows_a_mail_once_that_the_server_tells_twice) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  exchange().deliver(user, ews_mail("two"));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"}, {"match", "SyncFolderItems"}, {"lie", "duplicate"}});
  const auto got = client.list();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->mails.size(), 2U);
}

TEST(ews_list, shows_the_older_first_though_the_server_tells_the_newest_first) {
  const auto user = fresh_mailbox();
  for (int i = 1; i <= 3; ++i) deliver_at(user, "YQ==", i);
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"}, {"match", "SyncFolderItems"}, {"lie", "reorder"}});
  const auto got = client.list();
  ASSERT_TRUE(got);
  ASSERT_EQ(got->mails.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(got->mails, {}, &listed_mail::internal_date));
  EXPECT_EQ(uids(got->mails), (std::vector<uint64_t>{1, 2, 3}));
}

TEST(ews_list, ends_though_the_server_always_has_more) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control(
      {{"do", "fault"}, {"match", "SyncFolderItems"}, {"lie", "endless"}, {"times", 0}});
  EXPECT_EQ(client.list().code(), ec::protocol_violation);
}

TEST(ews_list, reads_past_characters_that_xml_forbids) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"}, {"match", "SyncFolderItems"}, {"lie", "illegal"}});
  const auto got = client.list();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->mails.size(), 1U);
}

TEST(ews_list, loses_nothing_of_a_listing_that_was_cut_off) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  for (const int bytes : {50, 400, 700}) {
    exchange().control({{"do", "fault"}, {"match", "SyncFolderItems"}, {"cut", bytes}});
    EXPECT_EQ(client.list(1).code(), ec::connection_lost) << bytes;
  }
  const auto got = client.list(1);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->mails.size(), 1U);
}

TEST(ews_list, needs_an_open_mailbox) {
  ews_client client(ews_settings(fresh_mailbox()));
  EXPECT_EQ(client.list().code(), ec::unsupported);
}

}  // namespace
}  // namespace postroom::channels

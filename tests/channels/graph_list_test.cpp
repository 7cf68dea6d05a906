#include "tests/channels/graph_client.hpp"

namespace postroom::channels {
namespace {

TEST(graph_list, shows_all_mails_of_the_mailbox_with_ids_dates_and_sizes) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto opened = client.open();
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->messages, 3u);
  EXPECT_FALSE(opened->can_wait);
  const auto got = client.list();
  ASSERT_TRUE(got) << got.error().text();
  ASSERT_EQ(got->mails.size(), 3u);
  EXPECT_NE(got->position.find("deltatoken"), std::string::npos);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(got->mails[i].uid, i + 1);
    EXPECT_EQ(got->mails[i].size, small_mail("m1").size());
    EXPECT_FALSE(got->mails[i].size_is_bound);
    EXPECT_TRUE(got->mails[i].internal_date);
    EXPECT_TRUE(got->mails[i].uidl.starts_with("AAkALg")) << "not an immutable id";
  }
}

TEST(graph_list, goes_on_where_it_stood_and_shows_new_mails_only) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto first = client.open_and_list();
  EXPECT_TRUE(client.list(first.back().uid)->mails.empty());
  client.deliver("m3");
  client.service().control(
      {{"do", "remove"}, {"user", client.user()}, {"id", client.mails()[0].at("id")}});
  const auto news = client.list(first.back().uid);
  ASSERT_EQ(news->mails.size(), 1u);
  EXPECT_EQ(news->mails.front().uid, 3u);
  EXPECT_EQ(client.fetch(news->mails).brief(), lines{"3:m3"});
}

TEST(graph_list, takes_whole_pages_until_enough_were_read) {
  graph_client client;
  client.deliver_numbered(1, 7);
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.list(0, 3)->mails.size(), 3u);
  EXPECT_EQ(client.list(3, 3)->mails.size(), 3u);
  EXPECT_EQ(client.list(6, 3)->mails.size(), 1u);
  EXPECT_EQ(client.requests("delta").size(), 3u);
}

TEST(graph_list, goes_on_from_a_stored_position_in_a_new_session) {
  graph_client client;
  client.deliver_numbered(1, 5);
  ASSERT_TRUE(client.open());
  const auto first = client.list(0, 3);
  client.drop();
  ASSERT_TRUE(client.open());
  client.channel().resume(first->position);
  const auto rest = client.list(1);
  ASSERT_TRUE(rest) << rest.error().text();
  EXPECT_EQ(client.fetch(rest->mails).brief(), (lines{"1:m4", "2:m5"}));
}

TEST(graph_list, loses_its_position_when_the_service_forgets_it) {
  for (const char* code : {"resyncRequired", "syncStateNotFound"}) {
    graph_client client;
    client.deliver("m1");
    const auto mails = client.open_and_list();
    client.service().control({{"do", "forget_deltas"}, {"code", code}});
    EXPECT_EQ(client.list(1).code(), ec::position_lost) << code;
    EXPECT_EQ(client.list(1).code(), ec::position_lost) << "until it is listed from the start";
    const auto again = client.list();
    ASSERT_TRUE(again);
    ASSERT_EQ(again->mails.size(), 1u);
    EXPECT_EQ(again->mails.front().uidl, mails.front().uidl);
  }
}

TEST(graph_list, takes_the_link_of_an_earlier_session_that_the_service_refuses_for_lost) {
  for (const int status : {400, 403, 404}) {
    graph_client client;
    client.deliver("m1");
    ASSERT_TRUE(client.open());
    const auto position = client.list()->position;
    client.drop();
    ASSERT_TRUE(client.open());
    client.channel().resume(position);
    client.fault({{"match", "delta"}, {"times", 1}, {"status", status}, {"before", true}});
    EXPECT_EQ(client.list(1).code(), ec::position_lost) << status;
    client.fault({{"match", "delta"}, {"times", 1}, {"status", status}, {"before", true}});
    EXPECT_NE(client.list().code(), ec::position_lost) << "said of the folder: " << status;
    EXPECT_EQ(client.list()->mails.size(), 1u);
    client.forget();
  }
}

TEST(graph_list, lists_a_folder_that_was_made_anew_under_its_name) {
  graph_client client;
  client.settings.mailbox = "Second";
  const auto make = [&](const char* what) {
    client.service().control({{"do", what}, {"user", client.user()}, {"path", "Second"}});
  };
  make("make_folder");
  client.deliver("m1", "Second");
  ASSERT_TRUE(client.open());
  const auto position = client.list()->position;
  client.drop();
  make("remove_folder");
  make("make_folder");
  client.deliver("m2", "Second");
  ASSERT_TRUE(client.open());
  client.channel().resume(position);
  EXPECT_EQ(client.list(1).code(), ec::position_lost);
  EXPECT_EQ(client.fetch(client.list()->mails).brief(), lines{"1:m2"});
}

TEST(graph_list, has_no_position_before_a_first_listing) {
  graph_client client;
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.list(5).code(), ec::position_lost);
}

TEST(graph_list, shows_a_mail_once_however_often_the_service_repeats_it) {
  for (const char* lie : {"duplicate", "reorder", "repeat"}) {
    graph_client client;
    client.deliver_numbered(1, 6);
    client.fault({{"match", "delta"}, {"times", 0}, {"lie", lie}});
    ASSERT_TRUE(client.open());
    std::vector<std::string> ids;
    uint64_t last = 0;
    for (int calls = 0; calls < 4; ++calls) {
      const auto got = client.list(last, 3);
      ASSERT_TRUE(got) << got.error().text();
      for (const auto& mail : got->mails) {
        EXPECT_GT(mail.uid, last);
        last = mail.uid;
        ids.push_back(mail.uidl);
      }
      if (got->mails.size() < 3) break;
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end()) << lie;
    EXPECT_EQ(ids.size(), 6u) << lie;
    client.forget();
  }
}

TEST(graph_list, reads_the_same_mails_again_after_it_failed_half_way) {
  graph_client client;
  client.deliver_numbered(1, 6);
  ASSERT_TRUE(client.open());
  const auto first = client.list(0, 4);
  ASSERT_TRUE(first);
  client.forget();
  client.fault({{"match", "delta"}, {"times", 1}, {"status", 403}, {"before", true}});
  EXPECT_EQ(client.list(4, 4).code(), ec::oauth_consent_missing);
  const auto rest = client.list(4, 4);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->mails.size(), 2u);
}

TEST(graph_list, sends_its_token_to_no_other_host) {
  graph_client client;
  client.deliver("m1");
  client.fault({{"match", "delta"}, {"times", 1}, {"lie", "foreign"}});
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.list().code(), ec::protocol_violation);
  client.forget();
  // A second service, which would note every request.
  support::simulator other("graph");
  const auto taken = client.service().url().substr(0, client.service().url().rfind(':'));
  for (const auto& position :
       {other.url() + "/me/mailFolders/inbox/messages/delta?$deltatoken=x",
        std::string("https://127.0.0.1/v1.0/me"), std::string("file:///etc/passwd"), taken,
        "http://" + client.user() + ":x@" + client.service().url().substr(7), std::string("x")}) {
    client.channel().resume(position);
    EXPECT_EQ(client.list(1).code(), ec::position_lost) << position;
  }
  EXPECT_TRUE(other.control({{"do", "requests"}}).at("requests").empty());
  EXPECT_TRUE(client.requests().empty());
}

TEST(graph_list, lists_mails_without_sizes_with_the_limit_as_a_bound) {
  // A service that tells no sizes, and one that refuses to be asked for them.
  for (const nlohmann::json& fault :
       {nlohmann::json{{"match", "delta"}, {"times", 0}, {"lie", "nosize"}},
        nlohmann::json{{"match", "delta[+]expand"}, {"times", 0}, {"status", 500}}}) {
    graph_client client;
    client.settings.max_mail_bytes = 5'000;
    client.deliver("m1");
    client.fault(fault);
    const auto mails = client.open_and_list();
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_TRUE(mails[0].size_is_bound);
    EXPECT_EQ(mails[0].size, 5'000u);
    EXPECT_EQ(client.fetch(mails).brief(), lines{"1:m1"});
    client.forget();
  }
}

TEST(graph_list, believes_a_size_over_the_limit_only_when_it_is_twice_as_large) {
  graph_client client;
  client.settings.max_mail_bytes = 1'000;
  for (const auto size : {900, 1'900, 2'100})
    client.service().control({{"do", "deliver_large"}, {"user", client.user()}, {"size", size}});
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_EQ(mails[0].size, 900u);
  EXPECT_TRUE(mails[1].size_is_bound);
  EXPECT_EQ(mails[1].size, 1'000u);
  EXPECT_EQ(mails[2].size, 2'100u);
  EXPECT_FALSE(mails[2].size_is_bound);
}

TEST(graph_list, breaks_off_an_answer_that_is_no_listing) {
  for (const char* body :
       {"", "[]", "{}", "null", R"({"value":{}})", R"({"value":[]})",
        R"({"value":[{"id":7}],"@odata.deltaLink":"x"})", R"({"value":[],"@odata.deltaLink":7})",
        R"({"value":["x"],"@odata.nextLink":"y"})", "{\"value\":["}) {
    graph_client client;
    ASSERT_TRUE(client.open());
    client.fault({{"match", "delta"}, {"times", 1}, {"status", 200}, {"body", body}});
    EXPECT_EQ(client.list().code(), ec::protocol_violation) << body;
    client.forget();
  }
}

TEST(graph_list, does_not_follow_links_in_a_circle) {
  graph_client client;
  ASSERT_TRUE(client.open());
  const auto link = client.service().url() + "/me/mailFolders/inbox/messages/delta?$skiptoken=x";
  const nlohmann::json body{{"value", nlohmann::json::array()}, {"@odata.nextLink", link}};
  client.fault({{"match", "delta"}, {"times", 0}, {"status", 200}, {"body", body.dump()}});
  EXPECT_EQ(client.list().code(), ec::protocol_violation);
  client.forget();
}

}  // namespace
}  // namespace postroom::channels

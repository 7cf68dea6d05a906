#include "tests/channels/graph_client.hpp"

namespace postroom::channels {
namespace {

TEST(graph_settle, marks_mails_as_read_with_one_request_for_twenty) {
  graph_client client;
  client.deliver_numbered(1, 45);
  const auto mails = client.open_and_list();
  client.forget();
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen));
  EXPECT_EQ(client.mails().size(), 45u);
  for (const auto& mail : client.mails()) EXPECT_TRUE(mail.at("seen"));
  EXPECT_EQ(client.requests().size(), 3u);
}

TEST(graph_settle, asks_for_a_single_mail_without_a_batch) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  client.forget();
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen));
  const auto requests = client.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].at("method"), "PATCH");
}

TEST(graph_settle, moves_mails_to_a_folder_that_it_makes_when_it_is_missing) {
  graph_client client;
  client.deliver_numbered(1, 25);
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Inbox/Logged calls/2026"));
  EXPECT_TRUE(client.mails().empty());
  client.drop();
  client.settings.mailbox = "Inbox/Logged calls/2026";
  EXPECT_EQ(client.open_and_list().size(), 25u);
}

TEST(graph_settle, takes_what_is_done_or_gone_already_for_done) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto mails = client.open_and_list();
  for (const auto action : {after_commit::mark_seen, after_commit::move, after_commit::remove}) {
    EXPECT_TRUE(client.settle(mails, action, "Done"));
    EXPECT_TRUE(client.settle(mails, action, "Done"));
    EXPECT_TRUE(client.settle({mails[0]}, action, "Done"));
  }
  for (const auto& mail : client.mails("deleteditems"))
    client.service().control({{"do", "remove"}, {"user", client.user()}, {"id", mail.at("id")}});
  for (const auto action : {after_commit::mark_seen, after_commit::move, after_commit::remove})
    EXPECT_TRUE(client.settle(mails, action, "Done"));
}

TEST(graph_settle, removes_mails) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.settle({mails[0], mails[2]}, after_commit::remove));
  ASSERT_EQ(client.mails().size(), 1u);
  EXPECT_EQ(client.fetch({mails[1]}).brief(), lines{"2:m2"});
}

TEST(graph_settle, removes_no_mail_for_good_when_an_answer_is_lost) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto mails = client.open_and_list();
  for (const auto& some : {std::vector{mails[0]}, mails}) {
    client.fault({{"match", "messages/{id}|batch"}, {"times", 1}, {"cut", 5}});
    EXPECT_TRUE(client.settle(some, after_commit::remove));
  }
  EXPECT_TRUE(client.mails().empty());
  EXPECT_EQ(client.mails("deleteditems").size(), 2u);
}

TEST(graph_settle, makes_the_folder_anew_that_somebody_deleted_meanwhile) {
  graph_client client;
  client.deliver_numbered(1, 5);
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.settle({mails[0]}, after_commit::move, "Done"));
  for (const auto& some :
       {std::vector{mails[1]}, std::vector{mails[2], mails[3], mails[4]}, std::vector{mails[0]}}) {
    client.service().control({{"do", "remove_folder"}, {"user", client.user()}, {"path", "Done"}});
    EXPECT_TRUE(client.settle(some, after_commit::move, "Done"));
  }
  EXPECT_TRUE(client.mails().empty());
  client.forget();
  EXPECT_TRUE(client.settle(mails, after_commit::move, "Done"));
  EXPECT_EQ(client.requests("mailFolders").size(), 1u) << "looked for once, not again and again";
}

TEST(graph_settle, asks_again_for_those_of_a_batch_that_were_refused_for_now) {
  graph_client client;
  client.deliver_numbered(1, 10);
  const auto mails = client.open_and_list();
  client.fault({{"match", "BATCHED PATCH"},
                {"skip", 3},
                {"times", 4},
                {"status", 429},
                {"headers", {{"Retry-After", "0.1"}}}});
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen));
  for (const auto& mail : client.mails()) EXPECT_TRUE(mail.at("seen"));
  const auto batches = client.requests();
  EXPECT_EQ(client.service().control({{"do", "requests"}}).at("requests").back().at("status"), 200);
}

TEST(graph_settle, does_the_others_and_tells_when_the_service_refuses_one) {
  graph_client client;
  client.deliver_numbered(1, 5);
  const auto mails = client.open_and_list();
  client.fault({{"match", "BATCHED PATCH"},
                {"skip", 2},
                {"times", 1},
                {"status", 403},
                {"body", R"({"error":{"code":"ErrorAccessDenied","message":"x"}})"}});
  EXPECT_EQ(client.settle(mails, after_commit::mark_seen).code(), ec::oauth_consent_missing);
  int seen = 0;
  for (const auto& mail : client.mails()) seen += mail.at("seen") ? 1 : 0;
  EXPECT_EQ(seen, 4);
}

TEST(graph_settle, believes_no_batch_that_answers_too_little) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto mails = client.open_and_list();
  for (const char* body : {R"({"responses":[]})", R"({"responses":[{"id":"0","status":200}]})",
                           R"({"responses":[{"id":"0","status":200},{"id":"0","status":200}]})",
                           R"({"responses":[{"id":"7","status":200}]})", "{}", "x"}) {
    client.fault({{"match", "batch"}, {"times", 1}, {"status", 200}, {"body", body}});
    EXPECT_EQ(client.settle(mails, after_commit::mark_seen).code(), ec::protocol_violation) << body;
  }
}

}  // namespace
}  // namespace postroom::channels

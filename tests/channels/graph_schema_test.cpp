// What we send and what the simulator answers, held against the public description of Microsoft
// Graph.
#include "tests/channels/graph_out_client.hpp"

namespace postroom::channels {
namespace {

TEST(graph_schema, all_requests_and_answers_are_as_microsoft_describes_them) {
  if (!std::filesystem::exists(graph_description())) GTEST_SKIP() << "description absent: skipped";
  support::simulator service("graph", {"--openapi", graph_description().string()});
  graph_client client(service);
  client.deliver_numbered(1, 30);
  client.service().control({{"do", "make_folder"}, {"user", client.user()}, {"path", "Inbox/Sub"}});
  client.settings.mailbox = "Inbox/Sub";
  EXPECT_TRUE(client.open());
  client.drop();
  client.settings.mailbox = "INBOX";
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.list(1));
  EXPECT_TRUE(client.fetch(mails).end);
  for (const auto action : {after_commit::mark_seen, after_commit::move, after_commit::remove}) {
    EXPECT_TRUE(client.settle(mails, action, "Logged calls/2026"));
    EXPECT_TRUE(client.settle({mails[0]}, action, "Logged calls/2026"));
  }
  for (const bool saved : {true, false}) {
    graph_sender sender(service);
    sender.settings.save_to_sent = saved;
    for (const auto& mail :
         {sender.message("a@example.org"), sender.with_file("a@example.org", 3'000'000),
          sender.with_file("a@example.org", 6'000'000)})
      EXPECT_EQ(sender.send("a@example.org", mail).code, ec::none);
    EXPECT_TRUE(sender.send("a@invalid.example").permanent);
  }
  const auto checked = service.control({{"do", "violations"}});
  EXPECT_GT(checked.at("checked"), 50);
  EXPECT_EQ(checked.at("violations"), nlohmann::json::array());
}

}  // namespace
}  // namespace postroom::channels

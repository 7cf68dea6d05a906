// All that is said, on either side, keeps to the official schemas. They are no part of this
// project: without them this is skipped.
#include <gtest/gtest.h>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

TEST(ews_schema, is_kept_to_by_every_request_and_by_the_simulator) {
  if (ews_schemas().empty()) GTEST_SKIP() << "no schemas at POSTROOM_PROTOCOLS";
  const auto user = fresh_mailbox();
  const auto other = exchange().fresh_user();
  exchange().control({{"do", "impersonator"}, {"login", user}, {"users", {other}}});
  exchange().control({{"do", "share"}, {"mailbox", other}, {"login", user}});
  for (const bool impersonate : {true, false}) {
    for (const char* n : {"a", "b", "c", "d"}) exchange().deliver(other, ews_mail(n));
    auto settings = ews_settings(user);
    settings.user = other;
    settings.impersonate = impersonate;
    settings.streaming = true;
    ews_client client(settings);
    const auto mails = client.open_and_list();
    ASSERT_GE(mails.size(), 4U);
    EXPECT_TRUE(client.list(1));
    EXPECT_TRUE(client.fetch(mails).end);
    EXPECT_TRUE(client.fetch_in_pieces(mails[0], [](auto, auto next) { next(); }));
    EXPECT_TRUE(client.settle({mails[0]}, after_commit::mark_seen));
    EXPECT_TRUE(client.settle({mails[1]}, after_commit::move, "Handled/Deep"));
    EXPECT_TRUE(client.settle({mails[2]}, after_commit::remove));
    EXPECT_TRUE(client.settle({mails[2]}, after_commit::remove));
    if (impersonate) {
      exchange().deliver(other, ews_mail("e"));
      EXPECT_TRUE(client.wait(duration{10'000}));
      exchange().control({{"do", "lose_subscriptions"}});
      EXPECT_TRUE(client.wait(duration{10'000}));
    }
    exchange().control({{"do", "lose_sync"}});
    EXPECT_EQ(client.list(1).code(), ec::position_lost);
    EXPECT_TRUE(client.close());
  }
  const auto said = exchange().control({{"do", "schema"}});
  EXPECT_GT(said.at("checked"), 60);
  EXPECT_EQ(said.at("violations"), nlohmann::json::array());
}

}  // namespace
}  // namespace postroom::channels

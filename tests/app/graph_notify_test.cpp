// A mailbox that is told of new mails: the simulated service posts to the real page.
#include "tests/app/notified_node.hpp"
#include "tests/channels/graph_client.hpp"

namespace postroom::channels {
namespace {

using nlohmann::json;

struct notified_client : graph_client {
  app::notified_node& node;

  explicit notified_client(app::notified_node& n, support::simulator& s = graph_service())
      : graph_client(s), node(n) {
    service().control({{"do", "trust"}, {"ca", node.ca.file("ca.pem")}});
    settings.notices = node.notices;
    settings.notification_url = node.url();
    settings.max_requests = 1;  // so that each has its end before the next
  }

  /// Opened, subscribed, and all that is there was listed since.
  void settle_in() {
    const auto opened = open();
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->can_wait);
    ASSERT_TRUE(list());
    ASSERT_TRUE(list(1));
    forget();
  }
  /// Whether the channel knows of news now.
  bool has_news() {
    const auto got = wait(duration{100});
    EXPECT_TRUE(got);
    return got && got->news;
  }
  json tell(json what) const {
    what["user"] = user();
    return service().control(what);
  }
  json notify() const { return tell({{"do", "notify"}}).at("statuses"); }
  json subscriptions() const { return tell({{"do", "subscriptions"}}).at("subscriptions"); }
  [[nodiscard]] std::size_t count(const std::string& method) const {
    std::size_t out = 0;
    for (const auto& one : requests("subscriptions")) out += one.at("method") == method;
    return out;
  }
  template <class Condition>
  static void until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition())
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "it never came to that";
  }
};

struct graph_notify : testing::Test {
  app::notified_node node;
  notified_client client{node};
};

TEST_F(graph_notify, ends_the_wait_when_a_mail_came) {
  client.settle_in();
  std::promise<result<wake>> ended;
  client.channel().wait(duration{30'000}, [&](auto got) { ended.set_value(std::move(got)); });
  client.deliver("m1");
  EXPECT_EQ(client.notify(), json({202}));
  const auto got = ended.get_future().get();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
  EXPECT_EQ(client.list(1)->mails.size(), 1u);
  EXPECT_EQ(client.requests().size(), 1u) << "the mail was listed, and nothing else was asked";
}

TEST_F(graph_notify, counts_what_came_between_two_waits) {
  client.settle_in();
  EXPECT_EQ(client.notify(), json({202}));
  const auto got = client.wait();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
  EXPECT_FALSE(client.has_news()) << "once";
}

TEST_F(graph_notify, is_no_news_any_more_once_the_folder_was_listed) {
  client.settle_in();
  client.deliver("m1");
  client.notify();
  EXPECT_EQ(client.list(1)->mails.size(), 1u);
  EXPECT_FALSE(client.has_news());
}

TEST_F(graph_notify, ends_the_wait_for_any_other_call) {
  client.settle_in();
  std::promise<result<wake>> ended;
  client.channel().wait(duration{30'000}, [&](auto got) { ended.set_value(std::move(got)); });
  EXPECT_TRUE(client.list(1));
  const auto got = ended.get_future().get();
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->news);
}

TEST_F(graph_notify, subscribes_once_to_what_comes_to_the_folder) {
  ASSERT_TRUE(client.open());
  ASSERT_TRUE(client.list());
  ASSERT_TRUE(client.list(1));
  EXPECT_EQ(client.requests().size(), 4u) << "the folder, the subscription, two listings";
  const auto all = client.subscriptions();
  ASSERT_EQ(all.size(), 1u);
  const auto& one = all[0];
  EXPECT_EQ(one.at("changeType"), "created");
  EXPECT_EQ(one.at("resource").get<std::string>().find("/me/mailFolders('"), 0u);
  EXPECT_EQ(one.at("clientState").get<std::string>().size(), 32u);
  EXPECT_EQ(one.at("lifecycleNotificationUrl"), node.url());
}

TEST_F(graph_notify, with_a_forged_client_state_wakes_nobody) {
  client.settle_in();
  for (const char* state : {"", "0123456789abcdef0123456789abcdef"}) {
    const json forged{{"value", {{{"clientState", state}, {"changeType", "created"}}}}};
    const auto answer =
        node.ask(api::post(app::notified_node::path, "application/json", forged.dump()));
    EXPECT_EQ(api::status_of(answer), 202);
  }
  EXPECT_FALSE(client.has_news());
}

TEST_F(graph_notify, is_renewed_long_before_its_end_and_never_doubled) {
  client.settings.notification_life = duration{1'500};
  client.settings.notification_retry = duration{10};
  client.settle_in();
  client.until([&] { return client.count("PATCH") >= 2; });
  EXPECT_EQ(client.count("POST"), 0u);
  EXPECT_EQ(client.subscriptions().size(), 1u);
  EXPECT_FALSE(client.has_news());
}

TEST_F(graph_notify, is_renewed_when_the_service_wants_it) {
  client.settle_in();
  EXPECT_EQ(client.tell({{"do", "lifecycle"}, {"event", "reauthorizationRequired"}}).at("statuses"),
            json({202}));
  client.until([&] { return client.count("PATCH") == 1; });
  EXPECT_FALSE(client.has_news());
  EXPECT_EQ(client.requests().size(), 1u);
}

TEST_F(graph_notify, is_made_anew_when_it_was_removed) {
  client.settings.notification_retry = duration{10};
  client.settle_in();
  const auto before = client.subscriptions();
  client.tell({{"do", "lifecycle"}, {"event", "subscriptionRemoved"}});
  const auto got = client.wait();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news) << "what came meanwhile, nobody told";
  const auto after = client.subscriptions();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_NE(after[0].at("clientState"), before[0].at("clientState"));
  EXPECT_EQ(client.requests().size(), 1u);
  client.notify();
  EXPECT_TRUE(client.has_news());
}

TEST_F(graph_notify, is_made_anew_when_it_cannot_be_renewed) {
  client.settings.notification_retry = duration{10};
  client.settings.notification_life = duration{2'000};
  client.settle_in();
  client.fault({{"match", "PATCH"}, {"status", 404}, {"before", true}});
  const auto got = client.wait();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
  EXPECT_EQ(client.count("POST"), 1u);
}

TEST_F(graph_notify, that_was_missed_counts_as_one) {
  client.settle_in();
  client.tell({{"do", "lifecycle"}, {"event", "missed"}});
  EXPECT_TRUE(client.has_news());
  EXPECT_TRUE(client.requests().empty());
}

TEST_F(graph_notify, that_cannot_be_had_leaves_the_mailbox_to_polling) {
  for (const bool refused : {true, false}) {
    notified_client box(node);
    if (refused)
      box.fault(
          {{"match", "POST .*subscriptions"}, {"times", 0}, {"status", 403}, {"before", true}});
    else
      box.settings.notification_url = "https://localhost:1/graph/notifications";
    box.deliver("m1");
    EXPECT_EQ(box.open_and_list().size(), 1u);
    EXPECT_FALSE(box.has_news());
    box.deliver("m2");
    EXPECT_EQ(box.list(1)->mails.size(), 1u);
    EXPECT_FALSE(box.has_news());
    EXPECT_EQ(box.count("POST"), 1u) << "the next try comes later";
    box.forget();
  }
}

TEST_F(graph_notify, is_tried_for_again_and_then_counts_as_news) {
  client.settings.notification_retry = duration{10};
  client.fault(
      {{"match", "POST .*subscriptions"}, {"times", 3}, {"status", 403}, {"before", true}});
  EXPECT_TRUE(client.open_and_list().empty());
  const auto got = client.wait();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
  EXPECT_EQ(client.count("POST"), 4u);
  EXPECT_EQ(client.subscriptions().size(), 1u);
}

TEST_F(graph_notify, subscribes_renews_and_deletes_as_microsoft_describes_it) {
  if (!std::filesystem::exists(graph_description())) GTEST_SKIP() << "description absent: skipped";
  support::simulator service("graph", {"--openapi", graph_description().string()});
  notified_client box(node, service);
  box.settle_in();
  box.tell({{"do", "lifecycle"}, {"event", "reauthorizationRequired"}});
  box.until([&] { return box.count("PATCH") == 1; });
  EXPECT_TRUE(box.close());
  EXPECT_EQ(box.count("DELETE"), 1u);
  const auto checked = service.control({{"do", "violations"}});
  EXPECT_GE(checked.at("checked"), 6);
  EXPECT_EQ(checked.at("violations"), json::array());
}

TEST_F(graph_notify, leaves_no_wait_open_when_the_channel_goes) {
  client.settle_in();
  std::promise<result<wake>> ended;
  client.channel().wait(duration{30'000}, [&](auto got) { ended.set_value(std::move(got)); });
  client.drop();
  EXPECT_EQ(ended.get_future().get().code(), ec::cancelled);
}

TEST_F(graph_notify, ends_with_the_channel) {
  client.settle_in();
  EXPECT_TRUE(client.close());
  EXPECT_TRUE(client.subscriptions().empty()) << "deleted before close() ends";
  EXPECT_EQ(client.requests().size(), 1u);
  notified_client dropped(node);
  dropped.settle_in();
  dropped.drop();
  dropped.until([&] { return dropped.subscriptions().empty(); });
}

TEST_F(graph_notify, that_is_just_being_asked_for_ends_with_the_channel) {
  client.fault({{"match", "POST .*subscriptions"}, {"delay", 0.3}});
  ASSERT_TRUE(client.open());
  client.drop();
  client.until([&] { return client.count("DELETE") == 1; });
  EXPECT_TRUE(client.subscriptions().empty());
}

TEST_F(graph_notify, does_not_hold_up_the_end_of_the_channel) {
  client.settle_in();
  client.fault({{"match", "DELETE"}, {"times", 0}, {"status", 500}, {"before", true}});
  EXPECT_TRUE(client.close());
  EXPECT_EQ(client.requests().size(), 1u) << "asked once";
  client.forget();
}

}  // namespace
}  // namespace postroom::channels

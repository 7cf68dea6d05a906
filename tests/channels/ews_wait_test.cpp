// Streaming notifications, and the ends of calls.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/channels/ews_client.hpp"

namespace postroom::channels {
namespace {

using std::chrono::steady_clock;

constexpr duration long_time{60'000};
constexpr backoff_policy short_pause{duration{10}, duration{100}};

inbound_settings streaming(const std::string& user) {
  auto out = ews_settings(user);
  out.streaming = true;
  return out;
}

/// Until the server sends this user its events.
void await_stream(const std::string& user) {
  for (int i = 0; i < 3'000; ++i) {
    const auto got = exchange().control({{"do", "streams"}, {"user", user}});
    if (got.at("open") == 1) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << "there is no stream";
}

/// A wait that goes on while the test does other things.
struct pending_wait {
  std::future<result<wake>> end;
  explicit pending_wait(ews_client& client, duration at_most = long_time) {
    auto promise = std::make_shared<std::promise<result<wake>>>();
    end = promise->get_future();
    client.channel().wait(at_most, [promise](auto got) { promise->set_value(std::move(got)); });
  }
  result<wake> get() {
    if (end.wait_for(std::chrono::seconds(60)) == std::future_status::ready) return end.get();
    ADD_FAILURE() << "the wait never ended";
    return fail(ec::internal);
  }
};

TEST(ews_wait, hears_of_a_new_mail) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  const auto opened = client.open();
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->can_wait);
  pending_wait wait(client);
  await_stream(user);
  const auto before = steady_clock::now();
  exchange().deliver(user, ews_mail("one"));
  const auto got = wait.get();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_TRUE(got->news);
  EXPECT_GE(got->heard_at, before);
  EXPECT_EQ(client.list()->mails.size(), 1U);
}

TEST(ews_wait, hears_of_a_mail_that_came_between_the_opening_and_the_wait) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  exchange().deliver(user, ews_mail("one"));
  const auto got = client.wait(long_time);
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
}

TEST(ews_wait, ends_when_its_time_is_over) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  const auto got = client.wait(duration{100});
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->news);
}

TEST(ews_wait, does_not_take_its_own_moving_for_news) {
  const auto user = fresh_mailbox();
  exchange().deliver(user, ews_mail("one"));
  ews_client client(streaming(user));
  ASSERT_TRUE(client.settle(client.open_and_list(), after_commit::move, "Handled"));
  const auto got = client.wait(duration{300});
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->news);
}

TEST(ews_wait, ends_for_any_other_call) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  pending_wait wait(client);
  await_stream(user);
  EXPECT_TRUE(client.list());
  const auto got = wait.get();
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->news);
}

TEST(ews_wait, takes_a_lost_subscription_for_news_and_subscribes_anew) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "lose_subscriptions"}});
  auto got = client.wait(long_time);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_TRUE(got->news);
  pending_wait wait(client);
  await_stream(user);
  exchange().deliver(user, ews_mail("one"));
  got = wait.get();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->news);
}

TEST(ews_wait, does_not_subscribe_without_end_when_the_server_forgets_at_once) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user), {.subscription = short_pause});
  ASSERT_TRUE(client.open());
  // As a poller does it: the news send it to the list, and back to wait.
  int news = 0;
  for (int i = 0; i < 5; ++i) {
    exchange().control({{"do", "lose_subscriptions"}});
    const auto got = client.wait(long_time);
    ASSERT_TRUE(got) << got.error().text();
    news += got->news ? 1 : 0;
    ASSERT_TRUE(client.list(1));
  }
  EXPECT_EQ(news, 5);
  EXPECT_EQ(count_of("Subscribe"), 5U) << "one to open, and four in place of lost ones";
  EXPECT_EQ(count_of("GetStreamingEvents"), 5U) << "each of these was asked once";
  const auto before = ews_operations().size();
  const auto got = client.wait(duration{100});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_FALSE(got->news);
  EXPECT_EQ(ews_operations().size(), before) << "from now on the caller polls";
  exchange().deliver(user, ews_mail("one"));
  EXPECT_EQ(client.list(1)->mails.size(), 1U);
}

TEST(ews_wait, keeps_the_pause_before_a_subscription_over_many_short_waits) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user), {.subscription = {long_time, long_time}});
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "lose_subscriptions"}});
  ASSERT_TRUE(client.wait(long_time));
  exchange().control({{"do", "lose_subscriptions"}});
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(client.wait(duration{5}));
  EXPECT_EQ(count_of("Subscribe"), 2U) << "one to open, and one in place of the first lost one";
}

TEST(ews_wait, counts_only_subscriptions_that_told_nothing) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  for (int i = 0; i < 6; ++i) {
    exchange().control({{"do", "lose_subscriptions"}});
    ASSERT_TRUE(client.wait(long_time));
    exchange().deliver(user, ews_mail("one"));
    const auto got = client.wait(long_time);
    ASSERT_TRUE(got);
    EXPECT_TRUE(got->news);
  }
  EXPECT_EQ(count_of("Subscribe"), 7U);
}

TEST(ews_wait, connects_again_when_the_stream_breaks) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  exchange().control(
      {{"do", "fault"}, {"match", "GetStreamingEvents"}, {"before", true}, {"status", 502}});
  pending_wait wait(client);
  await_stream(user);
  exchange().deliver(user, ews_mail("one"));
  const auto got = wait.get();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_TRUE(got->news);
}

TEST(ews_wait, gives_up_when_no_stream_lasts) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user), {.stream = short_pause});
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"},
                      {"match", "GetStreamingEvents"},
                      {"before", true},
                      {"status", 502},
                      {"times", 0}});
  EXPECT_EQ(client.wait(long_time).code(), ec::server_busy);
  EXPECT_EQ(count_of("GetStreamingEvents"), 6U) << "it was tried five times again";
}

TEST(ews_wait, gives_up_at_once_when_the_stream_is_refused) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"},
                      {"match", "GetStreamingEvents"},
                      {"before", true},
                      {"status", 403},
                      {"times", 0}});
  EXPECT_EQ(client.wait(long_time).code(), ec::auth_refused);
}

TEST(ews_wait, is_unsupported_without_the_setting) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.wait(long_time).code(), ec::unsupported);
}

TEST(ews_wait, is_unsupported_where_the_server_lets_nobody_subscribe) {
  const auto user = fresh_mailbox();
  const auto shared = exchange().fresh_user();
  exchange().deliver(shared, ews_mail("one"));
  exchange().control({{"do", "share"}, {"mailbox", shared}, {"login", user}});
  auto settings = streaming(user);
  settings.user = shared;
  ews_client client(settings);
  const auto opened = client.open();
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->can_wait);
  EXPECT_EQ(client.wait(long_time).code(), ec::unsupported);
  EXPECT_EQ(client.list()->mails.size(), 1U);
}

TEST(ews_wait, lets_go_of_its_subscription_at_the_end) {
  const auto user = fresh_mailbox();
  ews_client client(streaming(user));
  ASSERT_TRUE(client.open());
  ASSERT_TRUE(client.close());
  EXPECT_EQ(ews_operations().back(), "Unsubscribe");
}

// --- the ends of calls ---

/// Counts the ends of calls and keeps the last code.
struct ends {
  std::atomic<int> count{0};
  std::atomic<ec> last{ec::none};
  std::promise<void> first;
  template <class T>
  done_fn<T> fn() {
    return [this](result<T> got) {
      last = got.code();
      if (++count == 1) first.set_value();
    };
  }
};

/// Starts a call that the server does not answer, and lets go of the channel.
class ews_ends : public testing::TestWithParam<const char*> {
 protected:
  void start(ews_client& client, const std::vector<listed_mail>& mails, ends& e) {
    const std::string call = GetParam();
    auto& c = client.channel();
    if (call == "open") c.open(e.fn<opened_mailbox>());
    if (call == "list") c.list(0, 10, e.fn<listing>());
    if (call == "fetch")
      c.fetch(
          mails, [](const auto&, auto) {}, e.fn<void>());
    if (call == "pieces")
      c.fetch_in_pieces(
          mails[0], [](auto, auto) {}, e.fn<uint64_t>());
    if (call == "settle") c.settle(mails, after_commit::move, "Handled", e.fn<void>());
    if (call == "wait") c.wait(long_time, e.fn<wake>());
    if (call == "close") c.close(e.fn<void>());
  }
  void prepare(ews_client& client, const std::string& user, std::vector<listed_mail>& mails) {
    exchange().control({{"do", "big"}, {"user", user}, {"bytes", 2'000'000}});
    if (std::string(GetParam()) != "open") mails = client.open_and_list();
    if (std::string(GetParam()) != "wait" && std::string(GetParam()) != "pieces")
      exchange().control({{"do", "fault"}, {"match", ""}, {"delay", 1}, {"times", 1}});
  }
};

TEST_P(ews_ends, each_call_ends_once_when_the_channel_is_destroyed) {
  const auto user = fresh_mailbox();
  ends first, second;
  {
    ews_client client(streaming(user));
    std::vector<listed_mail> mails;
    prepare(client, user, mails);
    start(client, mails, first);
    if (std::string(GetParam()) == "wait") await_stream(user);
    client.channel().list(0, 1, [](auto) {});
    if (std::string(GetParam()) == "wait") first.first.get_future().wait();
    client.channel().settle({}, after_commit::leave, "", second.fn<void>());
    client.drop();
    // The loop goes on, and nothing comes a second time.
    std::promise<void> later;
    client.loop().post([&] { client.loop().after(duration{50}, [&] { later.set_value(); }); });
    later.get_future().wait();
    EXPECT_EQ(first.count, 1);
    EXPECT_EQ(second.count, 1);
  }
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(second.count, 1);
  if (std::string(GetParam()) != "wait") {
    EXPECT_EQ(first.last, ec::cancelled);
  }
}

TEST_P(ews_ends, each_call_ends_once_when_the_loop_stops) {
  const auto user = fresh_mailbox();
  ends first;
  {
    ews_client client(streaming(user));
    std::vector<listed_mail> mails;
    prepare(client, user, mails);
    start(client, mails, first);
  }
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(first.last, ec::cancelled);
}

INSTANTIATE_TEST_SUITE_P(each_call, ews_ends,
                         testing::Values("open", "list", "fetch", "pieces", "settle", "wait",
                                         "close"),
                         [](const auto& param) { return std::string(param.param); });

TEST(ews_ends_alone, calls_after_the_close_are_cancelled) {
  ews_client client(ews_settings(fresh_mailbox()));
  ASSERT_TRUE(client.open());
  ASSERT_TRUE(client.close());
  EXPECT_EQ(client.list().code(), ec::cancelled);
}

TEST(ews_ends_alone, a_pause_that_the_server_asked_for_can_be_cancelled) {
  const auto user = fresh_mailbox();
  ews_client client(ews_settings(user));
  ASSERT_TRUE(client.open());
  exchange().control({{"do", "fault"},
                      {"match", "SyncFolderItems"},
                      {"lie", "busy_message"},
                      {"milliseconds", 20'000}});
  ends e;
  client.channel().list(0, 1, e.fn<listing>());
  while (count_of("SyncFolderItems") == 0) std::this_thread::yield();
  client.drop();
  e.first.get_future().wait();
  EXPECT_EQ(e.last, ec::cancelled);
}

}  // namespace
}  // namespace postroom::channels

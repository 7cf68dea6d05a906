#include <thread>

#include "channels/graph.hpp"
#include "channels/graph_api.hpp"
#include "channels/graph_gate.hpp"
#include "tests/channels/graph_client.hpp"

namespace postroom::channels {
namespace {

/// Requests that began while the service had asked to be left alone; those under way already do not
/// count.
int too_early(const nlohmann::json& requests) {
  int out = 0;
  for (const auto& refused : requests) {
    if (refused.at("status") != 429 || refused.at("retry_after").is_null()) continue;
    const double from = refused.at("ended");
    const double to = from + std::stod(refused.at("retry_after").get<std::string>());
    for (const auto& one : requests)
      if (one.at("at") > from && one.at("at") < to) ++out;
  }
  return out;
}

TEST(graph_limits, leave_the_mailbox_alone_for_as_long_as_the_service_says) {
  for (const char* wait : {"0.25", "0.050", "1", "0"}) {
    graph_client client;
    client.deliver_numbered(1, 12);
    const auto mails = client.open_and_list();
    client.forget();
    // Slow enough that all four are under way before the first is refused.
    client.fault({{"match", "value"},
                  {"times", 8},
                  {"delay", 0.1},
                  {"status", 429},
                  {"before", true},
                  {"headers", {{"Retry-After", wait}}}});
    EXPECT_EQ(client.fetch(mails).mails.size(), 12u);
    const auto requests = client.requests();
    EXPECT_EQ(requests.size(), 20u) << wait;
    EXPECT_EQ(too_early(requests), 0) << wait;
  }
}

TEST(graph_limits, keep_the_pause_for_a_channel_made_later) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  client.forget();
  client.fault({{"match", "value"},
                {"times", 1},
                {"status", 503},
                {"before", true},
                {"headers", {{"Retry-After", "600"}}}});
  EXPECT_EQ(client.fetch(mails).end.code(), ec::throttled) << "too long to wait for";
  client.drop();
  const auto r = client.open();
  EXPECT_EQ(r.code(), ec::throttled);
  EXPECT_NE(r.error().detail.find("left alone"), std::string::npos) << r.error().detail;
  EXPECT_EQ(client.requests().size(), 1u);
}

TEST(graph_limits, of_another_registration_are_its_own) {
  graph_client client;
  client.settings.user = client.user();
  client.deliver("m1");
  const auto mails = client.open_and_list();
  client.fault({{"match", "value"},
                {"times", 1},
                {"status", 503},
                {"before", true},
                {"headers", {{"Retry-After", "600"}}}});
  EXPECT_EQ(client.fetch(mails).end.code(), ec::throttled);
  const auto opens = [&] {
    const auto again = make_graph(client.loop(), client.settings);
    return client.call<opened_mailbox>([&](auto done) { again->open(done); }).code();
  };
  EXPECT_EQ(opens(), ec::throttled) << "the pause is the mailbox's";
  client.settings.server.tokens =
      std::make_shared<counted_tokens>(client.loop(), client.user() + "-");
  EXPECT_EQ(opens(), ec::none);
}

TEST(graph_limits, wait_a_growing_time_of_our_own_when_the_service_names_none) {
  graph_client client;
  client.deliver("m1");
  client.settings.max_requests = 1;
  const auto mails = client.open_and_list();
  client.forget();
  client.fault({{"match", "value"}, {"times", 2}, {"status", 429}, {"before", true}});
  EXPECT_EQ(client.fetch(mails).brief(), lines{"1:m1"});
  const auto requests = client.requests();
  ASSERT_EQ(requests.size(), 3u);
  // The pauses are at least 250 and 500 ms, by the clock of the service.
  for (int i = 0; i < 2; ++i)
    EXPECT_GE(requests[i + 1].at("at").get<double>() - requests[i].at("ended").get<double>(),
              0.25 * (i + 1));
}

TEST(graph_limits, end_a_call_that_was_put_off_too_often) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  for (const auto& [status, code] :
       {std::pair{429, ec::throttled}, {503, ec::server_busy}, {504, ec::server_busy}}) {
    client.forget();
    client.fault({{"match", "delta"},
                  {"times", 0},
                  {"status", status},
                  {"before", true},
                  {"headers", {{"Retry-After", "0.01"}}}});
    EXPECT_EQ(client.list(1).code(), code);
    EXPECT_EQ(client.requests().size(), 6u);
  }
  client.forget();
  client.deliver("m2");
  EXPECT_EQ(client.list(1)->mails.size(), 1u) << "the channel goes on";
}

TEST(graph_limits, are_kept_under_the_limits_of_the_service) {
  graph_client client;
  client.deliver_numbered(1, 60);
  client.service().control({{"do", "limits"},
                            {"concurrent", 4},
                            {"requests", 40},
                            {"seconds", 0.5},
                            {"retry_after", "0.2"}});
  const auto mails = client.open_and_list();
  EXPECT_EQ(client.fetch(mails).mails.size(), 60u);
  EXPECT_TRUE(client.settle(mails, after_commit::mark_seen));
  const auto most = client.service().control({{"do", "most_at_once"}}).at("most");
  EXPECT_LE(most.at(client.user()), 4);
  client.service().control({{"do", "limits"}});
}

TEST(graph_limits, of_ten_minutes_stop_a_channel_that_reaches_them) {
  graph_client client;
  client.deliver_numbered(1, 30);
  const auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 30u);
  // As if it had asked for that much before.
  const auto api = std::make_shared<graph_api>(client.loop(), client.settings.server,
                                               client.settings.url, client.settings.user, 4);
  EXPECT_TRUE(client.call<http_answer>([&](auto done) {
    client.loop().post([api, done] {
      graph_request request;
      request.target = "/me/mailFolders/inbox";
      request.count = graph_gate::most_requests - 20;
      api->start(std::move(request), done);
    });
  }));
  client.forget();
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.end.code(), ec::throttled);
  EXPECT_NE(got.end.error().detail.find("left alone"), std::string::npos);
  EXPECT_LT(client.requests().size(), 20u);
  EXPECT_GT(client.requests().size(), 10u);
  client.drop();
  EXPECT_EQ(client.open().code(), ec::throttled) << "another channel neither";
  EXPECT_TRUE(client.call<void>([&](auto done) {
    client.loop().post([api, done] {
      api->stop();
      done({});
    });
  }));
}

/// Ends of calls by name, each of which must come once.
class ends {
 public:
  template <class T>
  done_fn<T> of(const std::string& name) {
    return [this, name](result<T> r) {
      const std::lock_guard lock(mutex_);
      got_[name].push_back(std::string(to_string(r.code())));
    };
  }
  std::map<std::string, lines> got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, lines> got_;
};

/// Everything a channel can have under way.
void start_all(graph_client& client, const std::vector<listed_mail>& mails, ends& ended) {
  auto& channel = client.channel();
  channel.list(1, 10, ended.of<listing>("list"));
  channel.list(1, 10, ended.of<listing>("second list"));
  channel.fetch(
      mails, [](const auto&, const auto&) {}, ended.of<void>("fetch"));
  channel.fetch_in_pieces(
      mails[0], [](const auto&, const auto&) {}, ended.of<uint64_t>("pieces"));
  channel.settle(mails, after_commit::move, "Done", ended.of<void>("settle"));
  channel.settle(mails, after_commit::mark_seen, "", ended.of<void>("second settle"));
}

TEST(graph_end, of_the_channel_ends_every_call_once_whatever_it_waits_for) {
  const std::map<std::string, lines> all{
      {"list", {"cancelled"}},   {"second list", {"cancelled"}}, {"fetch", {"cancelled"}},
      {"pieces", {"cancelled"}}, {"settle", {"cancelled"}},      {"second settle", {"cancelled"}}};
  // Under way, waiting for a pause to end, waiting for its turn, waiting for a token.
  for (const nlohmann::json& fault :
       {nlohmann::json{{"match", "."}, {"times", 0}, {"delay", 2}},
        nlohmann::json{{"match", "."},
                       {"times", 0},
                       {"status", 429},
                       {"before", true},
                       {"headers", {{"Retry-After", "60"}}}},
        nlohmann::json{{"match", "."}, {"times", 0}, {"cut", 90}, {"delay", 2}}}) {
    ends ended;
    {
      graph_client client;
      client.deliver_numbered(1, 6);
      const auto mails = client.open_and_list();
      client.fault(fault);
      start_all(client, mails, ended);
      client.drop();
      EXPECT_TRUE(client.call<void>([&](auto done) { client.loop().post([done] { done({}); }); }));
      EXPECT_EQ(ended.got(), all);
      client.forget();
    }
    EXPECT_EQ(ended.got(), all) << "and not again when the loop stops";
  }
}

TEST(graph_end, of_the_loop_ends_every_call_once) {
  ends ended;
  {
    graph_client client;
    client.deliver_numbered(1, 6);
    const auto mails = client.open_and_list();
    client.fault({{"match", "."}, {"times", 0}, {"delay", 2}});
    start_all(client, mails, ended);
  }
  graph_service().control({{"do", "forget"}});
  EXPECT_EQ(ended.got().size(), 6u);
  for (const auto& [name, codes] : ended.got()) EXPECT_EQ(codes, lines{"cancelled"}) << name;
}

TEST(graph_end, comes_with_close_after_what_was_asked_before) {
  graph_client client;
  client.deliver_numbered(1, 5);
  const auto mails = client.open_and_list();
  ends ended;
  client.channel().fetch(
      mails, [](const auto&, const auto&) {}, ended.of<void>("fetch"));
  client.channel().settle(mails, after_commit::mark_seen, "", ended.of<void>("settle"));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(ended.got(), (std::map<std::string, lines>{{"fetch", {"none"}}, {"settle", {"none"}}}));
  EXPECT_EQ(client.list(1).code(), ec::cancelled);
}

}  // namespace
}  // namespace postroom::channels

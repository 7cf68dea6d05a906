#include <atomic>

#include "channels/graph.hpp"
#include "tests/channels/graph_client.hpp"

namespace postroom::channels {
namespace {

TEST(graph_fetch, reads_mails_in_the_order_asked_for) {
  graph_client client;
  client.deliver_numbered(1, 9);
  auto mails = client.open_and_list();
  client.fault({{"match", "value"}, {"times", 1}, {"delay", 0.1}});  // the first is the slowest
  const auto got = client.fetch(mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(),
            (lines{"1:m1", "2:m2", "3:m3", "4:m4", "5:m5", "6:m6", "7:m7", "8:m8", "9:m9"}));
}

TEST(graph_fetch, has_four_requests_at_once_and_never_more) {
  graph_client client;
  client.deliver_numbered(1, 40);
  auto mails = client.open_and_list();
  client.service().control({{"do", "limits"}, {"concurrent", 4}, {"requests", 10'000}});
  client.fault({{"match", "value"}, {"times", 0}, {"delay", 0.01}});
  std::vector<listed_mail> first(mails.begin(), mails.begin() + 20);
  std::vector<listed_mail> second(mails.begin() + 20, mails.end());
  std::promise<void> done;
  int got = 0;
  const auto count = [&](const listed_mail&, const auto& mail) { got += mail ? 1 : 0; };
  client.channel().fetch(first, count, [](const auto&) {});
  // A second channel of the same mailbox counts with it.
  auto other = make_graph(client.loop(), client.settings);
  const auto opened =
      client.call<opened_mailbox>([&](auto ended) { other->open(std::move(ended)); });
  EXPECT_TRUE(opened);
  other->fetch(second, count, [&](const auto&) { done.set_value(); });
  EXPECT_TRUE(client.fetch({}).end);
  done.get_future().wait();
  EXPECT_EQ(got, 40);
  const auto most = client.service().control({{"do", "most_at_once"}}).at("most");
  EXPECT_EQ(most.at(client.user()), 4);
  for (const auto& one : client.requests()) EXPECT_EQ(one.at("status"), 200);
  client.service().control({{"do", "limits"}});
  client.forget();
}

TEST(graph_fetch, costs_hardly_more_than_one_request_per_mail) {
  graph_client client;
  client.deliver_numbered(1, 100);
  auto mails = client.open_and_list();
  EXPECT_EQ(client.fetch(mails).mails.size(), 100u);
  client.deliver_numbered(101, 150);
  mails = client.list(mails.back().uid)->mails;
  EXPECT_EQ(client.fetch(mails).mails.size(), 50u);
  EXPECT_TRUE(client.settle(mails, after_commit::leave));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(client.requests().size(), 150u + 3u) << "150 mails, the folder, two listings";
}

const nlohmann::json denied{{"match", "value"},
                            {"times", 1},
                            {"status", 403},
                            {"before", true},
                            {"body", R"({"error":{"code":"ErrorAccessDenied","message":"x"}})"}};

TEST(graph_fetch, goes_on_when_the_service_denies_a_single_mail) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto mails = client.open_and_list();
  client.fault(denied);
  auto got = client.fetch(mails);
  EXPECT_TRUE(got.end) << got.end.error().text();
  EXPECT_EQ(std::ranges::count_if(got.mails, [](const auto& m) { return m.second.ok(); }), 2);
  EXPECT_EQ(std::ranges::count_if(got.mails,
                                  [](const auto& m) { return m.second.code() == ec::server_busy; }),
            1);
  client.fault(denied);
  got = client.fetch({mails[0]});
  EXPECT_TRUE(got.end) << "the others were read";
  EXPECT_EQ(got.brief(), lines{"1:server_busy"});
  client.fault(denied);
  const auto pieces = client.fetch_in_pieces(mails[0], [](auto, const auto& next) { next(); });
  EXPECT_EQ(pieces.code(), ec::server_busy);
}

TEST(graph_fetch, tells_that_a_permission_lacks_when_all_mails_are_denied) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto mails = client.open_and_list();
  auto all = denied;
  all["times"] = 0;
  client.fault(all);
  EXPECT_EQ(client.fetch(mails).end.code(), ec::oauth_consent_missing);
  const auto pieces = client.fetch_in_pieces(mails[0], [](auto, const auto& next) { next(); });
  EXPECT_EQ(pieces.code(), ec::oauth_consent_missing);
  client.forget();
}

TEST(graph_fetch, blames_a_mail_that_is_denied_first_and_alone_and_not_the_permission) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  auto always = denied;
  always["times"] = 0;
  client.fault(always);
  for (int i = 0; i < 5; ++i) {
    const auto got = client.fetch(mails);
    EXPECT_TRUE(got.end) << got.end.error().text();
    EXPECT_EQ(got.brief(), lines{"1:server_busy"}) << "one mail, however often it is asked for";
  }
  client.forget();
}

TEST(graph_fetch, tells_a_mail_that_is_gone_from_the_others) {
  graph_client client;
  client.deliver_numbered(1, 3);
  auto mails = client.open_and_list();
  client.service().control(
      {{"do", "remove"}, {"user", client.user()}, {"id", client.mails()[1].at("id")}});
  mails.push_back({.uid = 9, .uidl = "not an id of Graph / ?", .size = 10});
  EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:m1", "2:not_found", "3:m3", "9:not_found"}));
}

TEST(graph_fetch, finds_a_mail_that_was_moved_since) {
  graph_client client;
  client.deliver("m1");
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.settle(mails, after_commit::move, "archive"));
  EXPECT_EQ(client.fetch(mails).brief(), lines{"1:m1"});
}

TEST(graph_fetch, does_not_ask_for_a_mail_over_the_limit) {
  graph_client client;
  client.settings.max_mail_bytes = 1'000;
  for (const auto size : {900, 1'900, 2'100})
    client.service().control({{"do", "deliver_large"}, {"user", client.user()}, {"size", size}});
  const auto mails = client.open_and_list();
  EXPECT_EQ(client.fetch(mails).brief(),
            (lines{"1:large", "2:mail_too_large", "3:mail_too_large"}));
  EXPECT_EQ(client.requests("value").size(), 2u) << "the second only reading could tell";
}

TEST(graph_fetch, reads_a_mail_whose_text_is_far_larger_than_the_service_told) {
  graph_client client;
  client.settings.max_mail_bytes = 4'000'000;
  for (const auto size : {3'000'000, 5'000'000})
    client.service().control(
        {{"do", "deliver_large"}, {"user", client.user()}, {"size", size}, {"claimed", 1'000}});
  const auto mails = client.open_and_list();
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.brief(), (lines{"1:large", "2:mail_too_large"}));
  EXPECT_EQ((*got.mails[0].second)->size(), 3'000'000u);
}

TEST(graph_fetch, blames_the_mail_alone_that_the_service_fails_at) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto mails = client.open_and_list();
  client.settings.max_requests = 1;
  client.drop();
  ASSERT_TRUE(client.open());
  client.fault({{"match", "value"}, {"times", 1}, {"status", 500}, {"body", R"({"error":
      {"code":"ErrorInternalServerError","message":"x"}})"}});
  client.fault({{"match", "value"}, {"times", 1}, {"status", 413}, {"body", R"({"error":
      {"code":"ErrorMessageSizeExceeded","message":"x"}})"}});
  EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:server_busy", "2:mail_too_large", "3:m3"}));
}

TEST(graph_fetch, asks_again_when_the_connection_breaks_in_the_middle_of_a_mail) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto mails = client.open_and_list();
  client.fault({{"match", "value"}, {"times", 1}, {"cut", 150}});
  EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:m1", "2:m2"}));
}

TEST(graph_fetch, blames_the_mail_alone_whose_answer_breaks_off_or_is_an_excuse_or_never_comes) {
  for (const auto& fault :
       {nlohmann::json{{"times", 2}, {"cut", 150}},
        nlohmann::json{{"times", 3}, {"cut", 0}},  // libcurl repeats the first on its own
        nlohmann::json{{"times", 1}, {"cut", 0}, {"delay", 2.5}},
        nlohmann::json{{"times", 6}, {"status", 503}, {"headers", {{"Retry-After", "0.01"}}}},
        nlohmann::json{{"times", 6}, {"status", 504}, {"headers", {{"Retry-After", "0.01"}}}}}) {
    graph_client client;
    client.settings.max_requests = 1;
    client.settings.server.request_timeout = duration{1'000};
    client.deliver_numbered(1, 3);
    const auto mails = client.open_and_list();
    auto of_mail = fault;
    of_mail["match"] = "value";
    client.fault(of_mail);
    const auto got = client.fetch(mails);
    EXPECT_TRUE(got.end) << got.end.error().text();
    EXPECT_EQ(got.brief(), (lines{"1:server_busy", "2:m2", "3:m3"})) << fault.dump();
    EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:m1", "2:m2", "3:m3"}));
  }
}

TEST(graph_fetch, blames_no_mail_when_the_service_cuts_everything_off) {
  graph_client client;
  client.deliver_numbered(1, 2);
  const auto mails = client.open_and_list();
  client.fault({{"match", "."}, {"times", 0}, {"cut", 150}});
  const auto got = client.fetch(mails);
  EXPECT_EQ(got.end.code(), ec::connection_lost);
  EXPECT_TRUE(got.mails.empty()) << "half a mail";
  EXPECT_EQ(client.list(2).code(), ec::connection_lost) << "the channel is of no more use";
  client.forget();
}

TEST(graph_fetch, changes_nothing_on_the_server) {
  graph_client client;
  client.deliver_numbered(1, 3);
  const auto before = client.mails();
  const auto mails = client.open_and_list();
  EXPECT_TRUE(client.fetch(mails).end);
  EXPECT_TRUE(client.settle(mails, after_commit::leave));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(client.mails(), before);
  for (const auto& one : client.requests()) EXPECT_EQ(one.at("method"), "GET");
}

/// Takes the pieces one by one, after `hold` was kept for a while by the test.
struct pieces_reader {
  std::mutex mutex;
  std::vector<std::size_t> sizes;
  uint64_t total = 0;
  std::atomic<int> out{0};
  int most_out = 0;
};

TEST(graph_pieces, streams_a_mail_of_100_mb_in_small_pieces_one_at_a_time) {
  graph_client client;
  constexpr uint64_t size = 100'000'000;
  client.service().control({{"do", "deliver_large"}, {"user", client.user()}, {"size", size}});
  const auto mails = client.open_and_list();
  pieces_reader reader;
  const auto got =
      client.fetch_in_pieces(mails[0], [&](const std::string& piece, const auto& next) {
        reader.most_out = std::max(reader.most_out, ++reader.out);
        reader.sizes.push_back(piece.size());
        reader.total += piece.size();
        --reader.out;
        next();
      });
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(*got, size);
  EXPECT_EQ(reader.total, size);
  EXPECT_EQ(reader.most_out, 1);
  EXPECT_LE(*std::max_element(reader.sizes.begin(), reader.sizes.end()), 1u << 20);
}

TEST(graph_pieces, waits_with_the_next_piece_until_the_last_was_taken) {
  graph_client client;
  client.service().control(
      {{"do", "deliver_large"}, {"user", client.user()}, {"size", 20'000'000}});
  client.deliver("m2");
  const auto mails = client.open_and_list();
  std::promise<std::function<void()>> first;
  std::atomic<int> pieces = 0;
  std::promise<result<uint64_t>> end;
  client.channel().fetch_in_pieces(
      mails[0],
      [&](const std::string&, std::function<void()> next) {
        if (++pieces == 1) return first.set_value(std::move(next));
        next();
      },
      [&](auto r) { end.set_value(std::move(r)); });
  const auto next = first.get_future().get();
  // The mailbox goes on meanwhile.
  EXPECT_EQ(client.fetch({mails[1]}).brief(), lines{"2:m2"});
  EXPECT_EQ(pieces, 1);
  next();
  next();  // a second time means nothing
  EXPECT_EQ(*end.get_future().get(), 20'000'000u);
}

TEST(graph_pieces, ends_with_the_error_when_the_mail_breaks_off_or_is_gone) {
  graph_client client;
  client.service().control({{"do", "deliver_large"}, {"user", client.user()}, {"size", 3'000'000}});
  const auto mails = client.open_and_list();
  const auto read = [&](const listed_mail& mail) {
    return client.fetch_in_pieces(mail, [](auto, const auto& next) { next(); });
  };
  EXPECT_EQ(read({.uid = 7, .uidl = "AAkALgImm_999999-A=", .size = 1}).code(), ec::not_found);
  client.fault({{"match", "value"}, {"times", 1}, {"status", 413}});
  EXPECT_EQ(read(mails[0]).code(), ec::mail_too_large);
  client.fault({{"match", "value"}, {"times", 1}, {"cut", 2'000'000}});
  EXPECT_EQ(read(mails[0]).code(), ec::server_busy) << "the service is well otherwise";
  client.fault({{"match", "."}, {"times", 0}, {"cut", 150}});
  EXPECT_EQ(read(mails[0]).code(), ec::connection_lost);
  client.forget();
}

}  // namespace
}  // namespace postroom::channels

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/channels/pop3_script.hpp"

namespace postroom::channels {
namespace {

TEST(pop3, opens_lists_fetches_and_says_good_bye) {
  scripted_server server(dialog{opened(2), listed(2), C("RETR 1"),
                                S_raw("+OK\r\none\r\n..\r\n.\r\n"), C("RETR 2"),
                                S_raw("+OK\r\ntwo\r\n.\r\n"), C("QUIT"), S("+OK bye")});
  inbound_client client(settings_for(server));
  auto opened_box = client.open();
  ASSERT_TRUE(opened_box) << opened_box.error().text();
  EXPECT_EQ(opened_box->messages, 2u);
  EXPECT_FALSE(opened_box->can_wait);
  auto mails = client.list();
  ASSERT_TRUE(mails);
  EXPECT_EQ(mails->mails, (std::vector<listed_mail>{{1, "id1", 100, {}}, {2, "id2", 100, {}}}));
  EXPECT_EQ(client.list(1, 10)->mails.size(), 1u);
  auto got = client.fetch(mails->mails);
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:one\r\n.\r\n", "2:two\r\n"}));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, gives_the_same_mails_when_every_byte_comes_alone) {
  scripted_server server(
      dialog{opened(2, pipelined), C("LIST"), S_raw("+OK\r\n1 9\r\n2 9\r\n.\r\n", 1), C("UIDL"),
             S_raw("+OK\r\n1 a\r\n2 b\r\n.\r\n", 1), C("RETR 1"), C("RETR 2"),
             S_raw("+OK\r\na\r\n...\r\n\r\n.\rx\r\n.\r\n-ERR no such message\r\n", 1)});
  inbound_client client(settings_for(server));
  auto got = client.fetch(client.open_and_list());
  EXPECT_EQ(got.brief(), (lines{"1:a\r\n..\r\n\r\n\rx\r\n", "2:not_found"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, asks_one_by_one_when_the_server_does_not_pipeline) {
  // A second RETR before the gate opens would be out of script.
  scripted_server server(dialog{opened(2), listed(2), C("RETR 1"), gate("asked"),
                                S_raw("+OK\r\n1\r\n.\r\n"), C("RETR 2"),
                                S_raw("+OK\r\n2\r\n.\r\n")});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  server.release("asked");
  EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:1\r\n", "2:2\r\n"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, keeps_the_pipeline_within_its_bytes) {
  // 250 bytes hold two mails of 100; the third is asked for once the first came.
  scripted_server server(dialog{opened(3, pipelined), listed(3), C("RETR 1"), C("RETR 2"),
                                S_raw("+OK\r\n1\r\n.\r\n"), C("RETR 3"),
                                S_raw("+OK\r\n2\r\n.\r\n+OK\r\n3\r\n.\r\n")});
  auto settings = settings_for(server);
  settings.pipeline_bytes = 250;
  inbound_client client(settings);
  EXPECT_EQ(client.fetch(client.open_and_list()).brief(), (lines{"1:1\r\n", "2:2\r\n", "3:3\r\n"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, answers_overlapping_calls_in_order) {
  scripted_server server(dialog{opened(2, pipelined), listed(2), C("RETR 1"), C("RETR 2"),
                                C("DELE 1"), S_raw("+OK\r\n1\r\n.\r\n+OK\r\n2\r\n.\r\n+OK\r\n"),
                                C("QUIT"), S("+OK")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  lines order;
  listed_mail one{1, "id1", 100, {}}, two{2, "id2", 100, {}};
  auto on_mail = [&](const listed_mail& m, auto) { order.push_back("mail " + m.uidl); };
  client.channel().fetch({one}, on_mail, [&](auto) { order.emplace_back("first"); });
  client.channel().fetch({two}, on_mail, [&](auto) { order.emplace_back("second"); });
  client.channel().settle({one}, after_commit::remove, "",
                          [&](auto) { order.emplace_back("removed"); });
  EXPECT_TRUE(client.close());
  EXPECT_EQ(order, (lines{"mail id1", "first", "mail id2", "second", "removed"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, reports_a_mail_over_the_limit_and_goes_on) {
  // The first is listed too large and never asked for; the second lies about its size.
  std::string big(3000, 'x');
  scripted_server server(dialog{opened(3), C("LIST"), S("+OK\r\n1 5000\r\n2 10\r\n3 10\r\n."),
                                C("UIDL"), S("+OK\r\n1 a\r\n2 b\r\n3 c\r\n."), C("RETR 2"),
                                S_raw("+OK\r\n" + big + "\r\n.\r\n"), C("RETR 3"),
                                S_raw("+OK\r\n3\r\n.\r\n")});
  auto settings = settings_for(server);
  settings.max_mail_bytes = 1000;
  inbound_client client(settings);
  auto got = client.fetch(client.open_and_list());
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:mail_too_large", "2:mail_too_large", "3:3\r\n"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, does_not_keep_a_mail_far_larger_than_listed_but_hands_it_on_in_pieces) {
  const std::string big = std::string(5u << 20, 'x') + "\r\n";
  scripted_server server(dialog{opened(2), listed(2, "+OK\r\n1 1\r\n2 100\r\n."), C("RETR 1"),
                                S_raw("+OK\r\n" + big + ".\r\n"), C("RETR 2"),
                                S_raw("+OK\r\n2\r\n.\r\n"), C("RETR 1"),
                                S_raw("+OK\r\n" + big + ".\r\n"), C("QUIT"), S("+OK")});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  EXPECT_EQ(client.fetch(mails).brief(), (lines{"1:mail_too_large", "2:2\r\n"}));
  std::string bytes;
  std::vector<std::size_t> pieces;
  auto total = client.fetch_in_pieces(mails[0], bytes, pieces);
  ASSERT_TRUE(total) << total.error().text();
  EXPECT_TRUE(bytes == big);
  for (auto size : pieces) EXPECT_LE(size, 1u << 20);
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, takes_mails_up_to_the_limit_from_a_server_that_refuses_list) {
  const std::string mail = std::string(5u << 20, 'x') + "\r\n";
  const std::string large = std::string(20u << 20, 'y') + "\r\n";
  scripted_server server(dialog{opened(3, pipelined), listed(3, "-ERR unknown command"),
                                C("RETR 1"), S_raw("+OK\r\n" + mail + ".\r\n"), C("RETR 2"),
                                S_raw("+OK\r\n" + large + ".\r\n"), C("RETR 3"),
                                S_raw("+OK\r\n3\r\n.\r\n"), C("RETR 2"),
                                S_raw("+OK\r\n" + large + ".\r\n"), C("QUIT"), S("+OK")});
  auto settings = settings_for(server);
  settings.max_mail_bytes = 9u << 20;
  inbound_client client(settings);
  auto mails = client.open_and_list();
  ASSERT_EQ(mails.size(), 3u);
  EXPECT_EQ(mails[0], (listed_mail{1, "id1", 9u << 20, {}, true}));
  auto got = client.fetch(mails);
  EXPECT_TRUE(got.end) << got.end.error().text();
  ASSERT_EQ(got.mails.size(), 3u);
  ASSERT_TRUE(got.mails[0].second) << got.mails[0].second.error().text();
  EXPECT_TRUE(**got.mails[0].second == mail);
  EXPECT_EQ(got.mails[1].second.code(), ec::mail_too_large);
  EXPECT_TRUE(got.mails[2].second);
  std::string bytes;
  std::vector<std::size_t> pieces;
  auto total = client.fetch_in_pieces(mails[1], bytes, pieces);
  ASSERT_TRUE(total) << total.error().text();
  EXPECT_TRUE(bytes == large);
  for (auto size : pieces) EXPECT_LE(size, 1u << 20);
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, asks_for_one_mail_at_a_time_when_each_may_fill_the_pipeline) {
  // A second RETR would be said after the end of the script.
  scripted_server server(
      dialog{opened(2, pipelined), listed(2, "-ERR unknown command"), C("RETR 1")});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  std::promise<result<void>> end;
  client.channel().fetch(
      mails, [](const listed_mail&, const auto&) {}, [&](auto r) { end.set_value(r); });
  client.drop();
  EXPECT_EQ(end.get_future().get().code(), ec::cancelled);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, gives_up_on_a_mail_without_end_but_names_it_first) {
  std::string endless(20u << 20, 'x');
  scripted_server server(
      dialog{opened(1), listed(1), C("RETR 1"), S_raw("+OK\r\n" + endless), hang()});
  auto settings = settings_for(server);
  settings.max_mail_bytes = 1000;
  inbound_client client(settings);
  auto got = client.fetch(client.open_and_list());
  EXPECT_EQ(got.brief(), lines{"1:mail_too_large"});
  EXPECT_EQ(got.end.code(), ec::protocol_violation);
}

TEST(pop3, hands_a_large_mail_on_in_pieces_and_reads_no_further_meanwhile) {
  std::string line(98, 'x');
  std::string body;
  while (body.size() < 3'000'000) body += line + "\r\n";
  scripted_server server(dialog{opened(1, pipelined), listed(1), C("RETR 1"),
                                S_raw("+OK\r\n" + body + ".\r\n"), C("QUIT"), S("+OK")});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  std::string bytes;
  std::vector<std::size_t> pieces;
  auto total = client.fetch_in_pieces(mails[0], bytes, pieces);
  ASSERT_TRUE(total) << total.error().text();
  EXPECT_EQ(*total, body.size());
  EXPECT_EQ(bytes, body);
  EXPECT_GE(pieces.size(), 4u);
  for (auto size : pieces) EXPECT_LE(size, 1u << 20);
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, waits_with_the_next_piece_until_it_is_asked_for) {
  std::string body(12u << 20, 'x');
  scripted_server server(
      dialog{opened(1), listed(1), C("RETR 1"), S_raw("+OK\r\n" + body + "\r\n.\r\n")});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  std::promise<std::function<void()>> first;
  std::atomic<int> count = 0;
  auto on_piece = [&](const std::string&, std::function<void()> next) {
    if (count++ == 0) return first.set_value(std::move(next));
    next();
  };
  std::promise<result<uint64_t>> end;
  client.channel().fetch_in_pieces(mails[0], on_piece,
                                   [&](auto r) { end.set_value(std::move(r)); });
  auto next = first.get_future().get();
  for (int i = 0; i < 100; ++i) {
    std::promise<void> round;
    client.loop().post([&] { round.set_value(); });
    round.get_future().wait();
  }
  EXPECT_EQ(count, 1) << "a hundred rounds of the loop later nothing more has come";
  next();
  next();  // a second time is ignored
  auto total = end.get_future().get();
  ASSERT_TRUE(total) << total.error().text();
  EXPECT_EQ(*total, body.size() + 2);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, gives_up_on_pieces_without_end) {
  std::string endless(20u << 20, 'x');
  scripted_server server(
      dialog{opened(1), listed(1), C("RETR 1"), S_raw("+OK\r\n" + endless), hang()});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
  std::string bytes;
  std::vector<std::size_t> pieces;
  EXPECT_EQ(client.fetch_in_pieces(mails[0], bytes, pieces).code(), ec::protocol_violation);
}

}  // namespace
}  // namespace postroom::channels

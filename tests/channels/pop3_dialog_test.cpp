#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/channels/pop3_client.hpp"
#include "tests/support/scripted_server.hpp"

namespace postroom::channels {
namespace {

using namespace postroom::support;
using lines = std::vector<std::string>;

inbound_settings settings_for(const scripted_server& server) {
  inbound_settings s;
  s.protocol = inbound_settings::protocol::pop3;
  s.server.host = "127.0.0.1";
  s.server.port = server.port();
  s.server.security = security::none;
  s.server.login = "it";
  s.server.password = "secret";
  return s;
}

const std::string plain = "USER\r\nUIDL";
const std::string pipelined = "USER\r\nUIDL\r\nPIPELINING";

/// Sign-in, our own CAPA and STAT.
dialog opened(std::size_t messages, const std::string& capabilities = plain) {
  return {pop3_sign_in(capabilities), C("CAPA"), S("+OK\r\n" + capabilities + "\r\n."), C("STAT"),
          S("+OK " + std::to_string(messages) + " 1000")};
}

/// LIST and UIDL with mails of 100 bytes, ids "id1", "id2" ...
dialog listed(std::size_t messages) {
  std::string list = "+OK\r\n", uidl = "+OK\r\n";
  for (std::size_t i = 1; i <= messages; ++i) {
    list += std::to_string(i) + " 100\r\n";
    uidl += std::to_string(i) + " id" + std::to_string(i) + "\r\n";
  }
  return {C("LIST"), S(list + "."), C("UIDL"), S(uidl + ".")};
}

std::vector<listed_mail> open_and_list(pop3_client& client) {
  auto o = client.open();
  EXPECT_TRUE(o) << o.error().text();
  auto l = client.list();
  EXPECT_TRUE(l) << l.error().text();
  return l ? *l : std::vector<listed_mail>{};
}

TEST(pop3, opens_lists_fetches_and_says_good_bye) {
  scripted_server server(dialog{opened(2), listed(2), C("RETR 1"),
                                S_raw("+OK\r\none\r\n..\r\n.\r\n"), C("RETR 2"),
                                S_raw("+OK\r\ntwo\r\n.\r\n"), C("QUIT"), S("+OK bye")});
  pop3_client client(settings_for(server));
  auto opened_box = client.open();
  ASSERT_TRUE(opened_box) << opened_box.error().text();
  EXPECT_EQ(opened_box->messages, 2u);
  EXPECT_FALSE(opened_box->can_wait);
  auto mails = client.list();
  ASSERT_TRUE(mails);
  EXPECT_EQ(*mails, (std::vector<listed_mail>{{1, "id1", 100, {}}, {2, "id2", 100, {}}}));
  EXPECT_EQ(client.list(1, 10)->size(), 1u);
  auto got = client.fetch(*mails);
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
  pop3_client client(settings_for(server));
  auto got = client.fetch(open_and_list(client));
  EXPECT_EQ(got.brief(), (lines{"1:a\r\n..\r\n\r\n\rx\r\n", "2:not_found"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, asks_one_by_one_when_the_server_does_not_pipeline) {
  // A second RETR before the gate opens would be out of script.
  scripted_server server(dialog{opened(2), listed(2), C("RETR 1"), gate("asked"),
                                S_raw("+OK\r\n1\r\n.\r\n"), C("RETR 2"),
                                S_raw("+OK\r\n2\r\n.\r\n")});
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
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
  pop3_client client(settings);
  EXPECT_EQ(client.fetch(open_and_list(client)).brief(), (lines{"1:1\r\n", "2:2\r\n", "3:3\r\n"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, answers_overlapping_calls_in_order) {
  scripted_server server(dialog{opened(2, pipelined), listed(2), C("RETR 1"), C("RETR 2"),
                                C("DELE 1"), S_raw("+OK\r\n1\r\n.\r\n+OK\r\n2\r\n.\r\n+OK\r\n"),
                                C("QUIT"), S("+OK")});
  pop3_client client(settings_for(server));
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
  pop3_client client(settings);
  auto got = client.fetch(open_and_list(client));
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:mail_too_large", "2:mail_too_large", "3:3\r\n"}));
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, gives_up_on_a_mail_without_end_but_names_it_first) {
  std::string endless(20u << 20, 'x');
  scripted_server server(
      dialog{opened(1), listed(1), C("RETR 1"), S_raw("+OK\r\n" + endless), hang()});
  auto settings = settings_for(server);
  settings.max_mail_bytes = 1000;
  pop3_client client(settings);
  auto got = client.fetch(open_and_list(client));
  EXPECT_EQ(got.brief(), lines{"1:mail_too_large"});
  EXPECT_EQ(got.end.code(), ec::protocol_violation);
}

TEST(pop3, hands_a_large_mail_on_in_pieces_and_reads_no_further_meanwhile) {
  std::string line(98, 'x');
  std::string body;
  while (body.size() < 3'000'000) body += line + "\r\n";
  scripted_server server(dialog{opened(1, pipelined), listed(1), C("RETR 1"),
                                S_raw("+OK\r\n" + body + ".\r\n"), C("QUIT"), S("+OK")});
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
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
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
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
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
  std::string bytes;
  std::vector<std::size_t> pieces;
  EXPECT_EQ(client.fetch_in_pieces(mails[0], bytes, pieces).code(), ec::protocol_violation);
}

TEST(pop3, loses_the_connection_in_the_middle_of_a_mail) {
  for (const auto& cut : {hang_up(), reset(), half_close()}) {
    scripted_server server(dialog{opened(2, pipelined), listed(2), C("RETR 1"), C("RETR 2"),
                                  S_raw("+OK\r\nwhole\r\n.\r\n+OK\r\nhal"), gate("read"), cut});
    pop3_client client(settings_for(server));
    auto mails = open_and_list(client);
    server.release("read");
    auto got = client.fetch(mails);
    EXPECT_EQ(got.end.code(), ec::connection_lost);
    if (cut.what != step::kind::reset) {  // a reset may drop what was on its way
      EXPECT_EQ(got.brief(), lines{"1:whole\r\n"});
    }
    EXPECT_EQ(client.list().code(), ec::connection_lost) << "the channel is of no more use";
    EXPECT_EQ(server.verdict(), "");
  }
}

TEST(pop3, times_out_on_a_server_that_hangs) {
  scripted_server server(dialog{opened(1), listed(1), C("RETR 1"), S_raw("+OK\r\nhal"), hang()});
  auto settings = settings_for(server);
  settings.server.request_timeout = duration{300};
  pop3_client client(settings);
  EXPECT_EQ(client.fetch(open_and_list(client)).end.code(), ec::timeout);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, tells_why_the_sign_in_failed) {
  struct {
    const char* answer;
    ec code;
  } const table[] = {
      {"-ERR [AUTH] wrong password", ec::auth_refused},
      {"-ERR wrong password", ec::auth_refused},
      {"-ERR [IN-USE] mailbox is locked", ec::server_busy},
      {"-ERR [LOGIN-DELAY] too often", ec::throttled},
      {"-ERR [SYS/TEMP] no disk", ec::server_busy},
  };
  for (const auto& row : table) {
    scripted_server server(dialog{S("+OK ready"), C("CAPA"), S("-ERR what"), C("USER it"), S("+OK"),
                                  C("PASS secret"), S(row.answer)});
    pop3_client client(settings_for(server));
    EXPECT_EQ(client.open().code(), row.code) << row.answer;
    EXPECT_EQ(server.verdict(), "");
  }
}

TEST(pop3, tells_why_the_greeting_was_refused) {
  scripted_server server(dialog{S("-ERR [SYS/TEMP] come back later")});
  pop3_client client(settings_for(server));
  EXPECT_EQ(client.open().code(), ec::server_busy);
}

TEST(pop3, lives_without_capa) {
  scripted_server server(dialog{S("+OK ready"), C("CAPA"), S("-ERR what"), C("USER it"), S("+OK"),
                                C("PASS secret"), S("+OK"), C("CAPA"), S("-ERR what"), C("STAT"),
                                S("+OK 1 10"), listed(1)});
  pop3_client client(settings_for(server));
  EXPECT_EQ(open_and_list(client).size(), 1u);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, refuses_a_server_without_uidl_at_open_with_the_reason) {
  scripted_server server(dialog{opened(1, "USER"), C("LIST"), S("+OK\r\n1 10\r\n."), C("UIDL"),
                                S("-ERR unknown command")});
  pop3_client client(settings_for(server));
  auto r = client.open();
  EXPECT_EQ(r.code(), ec::unsupported);
  EXPECT_NE(r.error().detail.find("no UIDL"), std::string::npos) << r.error().detail;
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, never_takes_a_mail_for_gone_that_may_be_there) {
  scripted_server server(dialog{opened(4, pipelined), listed(4), C("RETR 1"), C("RETR 2"),
                                C("RETR 3"), C("RETR 4"), S("-ERR [SYS/TEMP] no such luck"),
                                S("-ERR internal error"), S("-ERR message was deleted"),
                                S("-ERR No such message")});
  pop3_client client(settings_for(server));
  auto got = client.fetch(open_and_list(client));
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:server_busy", "2:server_busy", "3:not_found", "4:not_found"}));
}

TEST(pop3, goes_by_the_unique_id_of_mails_listed_in_an_earlier_session) {
  // id1 was number 1 then and is gone now; id2 has become number 1.
  scripted_server server(dialog{opened(1), C("LIST"), S("+OK\r\n1 100\r\n."), C("UIDL"),
                                S("+OK\r\n1 id2\r\n."), C("RETR 1"), S_raw("+OK\r\ntwo\r\n.\r\n"),
                                C("DELE 1"), S("+OK"), C("QUIT"), S("+OK")});
  pop3_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  std::vector<listed_mail> earlier{{1, "id1", 100, {}}, {2, "id2", 100, {}}};
  EXPECT_EQ(client.fetch(earlier).brief(), (lines{"1:not_found", "2:two\r\n"}));
  EXPECT_TRUE(client.settle(earlier, after_commit::remove));
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, removes_nothing_for_leave_and_takes_repeated_removal_as_done) {
  scripted_server server(dialog{opened(2), listed(2), C("DELE 2"), S("+OK"), C("DELE 2"),
                                S("-ERR already deleted"), C("QUIT"), S("+OK")});
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
  EXPECT_TRUE(client.settle(mails, after_commit::leave));
  EXPECT_TRUE(client.settle({mails[1]}, after_commit::remove));
  EXPECT_TRUE(client.settle({mails[1]}, after_commit::remove));
  EXPECT_EQ(client.settle(mails, after_commit::move).code(), ec::unsupported);
  EXPECT_EQ(client.settle(mails, after_commit::mark_seen).code(), ec::unsupported);
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, reports_a_removal_the_server_could_not_do) {
  scripted_server server(dialog{opened(1), listed(1), C("DELE 1"),
                                S("-ERR [SYS/TEMP] read only now"), C("QUIT"),
                                S("-ERR some deleted messages not removed")});
  pop3_client client(settings_for(server));
  EXPECT_EQ(client.settle(open_and_list(client), after_commit::remove).code(), ec::server_busy);
  EXPECT_EQ(client.close().code(), ec::server_busy);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, says_no_quit_when_it_is_dropped) {
  // QUIT would remove the mail; a hang-up without it does not.
  scripted_server server(dialog{opened(1), listed(1), C("DELE 1"), S("+OK"), C("STAT")});
  pop3_client client(settings_for(server));
  EXPECT_TRUE(client.settle(open_and_list(client), after_commit::remove));
  client.drop();
  EXPECT_EQ(server.verdict(), "connection 1: expected \"STAT\", but the client closed");
}

TEST(pop3, ends_every_call_with_cancelled_when_the_channel_goes) {
  scripted_server server(
      dialog{opened(1, pipelined), listed(1), C("RETR 1"), C("RETR 1"), gate("asked"), hang()});
  pop3_client client(settings_for(server));
  auto mails = open_and_list(client);
  std::promise<result<void>> first, second;
  auto nothing = [](const listed_mail&, const auto&) {};
  client.channel().fetch(mails, nothing, [&](auto r) { first.set_value(r); });
  client.channel().fetch(mails, nothing, [&](auto r) { second.set_value(r); });
  EXPECT_TRUE(server.await("asked"));
  server.release("asked");
  client.drop();
  EXPECT_EQ(first.get_future().get().code(), ec::cancelled);
  EXPECT_EQ(second.get_future().get().code(), ec::cancelled);
}

TEST(pop3, says_that_it_cannot_wait) {
  scripted_server server(dialog{opened(0)});
  pop3_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.wait().code(), ec::unsupported);
}

TEST(pop3, shows_an_empty_mailbox) {
  scripted_server server(dialog{opened(0), listed(0), C("QUIT"), S("+OK")});
  pop3_client client(settings_for(server));
  EXPECT_TRUE(open_and_list(client).empty());
  EXPECT_TRUE(client.close());
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, breaks_with_a_server_that_breaks_the_protocol) {
  const std::string many(8'000, 'x');
  const std::vector<std::pair<const char*, dialog>> table = {
      {"garbage for STAT",
       {pop3_sign_in(plain), C("CAPA"), S("+OK\r\nUIDL\r\n."), C("STAT"), S("\x01\x02garbage")}},
      {"no number in STAT",
       {pop3_sign_in(plain), C("CAPA"), S("+OK\r\nUIDL\r\n."), C("STAT"), S("+OK many")}},
      {"more mails than STAT said", {opened(1), C("LIST"), S("+OK\r\n1 1\r\n2 2\r\n.")}},
      {"a number twice in LIST", {opened(2), C("LIST"), S("+OK\r\n1 1\r\n1 2\r\n.")}},
      {"a number twice in UIDL",
       {opened(2), C("LIST"), S("+OK\r\n."), C("UIDL"), S("+OK\r\n1 a\r\n1 b\r\n.")}},
      {"a mail without UIDL",
       {opened(2), C("LIST"), S("+OK\r\n1 1\r\n2 1\r\n."), C("UIDL"), S("+OK\r\n1 a\r\n.")}},
      {"a line without end", {opened(1), C("LIST"), S("+OK\r\n" + many)}},
      {"an answer nobody asked for", {opened(1), S("+OK really")}},
      {"capabilities without end", {pop3_sign_in(plain), C("CAPA"), S("+OK"), S([] {
                                      std::string all;
                                      for (int i = 0; i < 2'000; ++i) all += "X\r\n";
                                      return all;
                                    }())}},
  };
  for (const auto& [name, script] : table) {
    scripted_server server(script);
    pop3_client client(settings_for(server));
    auto r = client.open();
    auto code = r ? client.list().code() : r.code();
    EXPECT_EQ(code, ec::protocol_violation) << name;
  }
}

TEST(pop3, takes_a_farewell_nobody_asked_for_as_a_lost_connection) {
  scripted_server server(
      dialog{opened(0), gate("idle"), S("-ERR Disconnected for inactivity."), hang_up()});
  pop3_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  server.release("idle");
  EXPECT_EQ(server.verdict(), "");
  // Whether the farewell or the hang-up is read first, the next call finds the channel lost.
  EXPECT_EQ(client.list().code(), ec::connection_lost);
}

}  // namespace
}  // namespace postroom::channels

#include <gtest/gtest.h>

#include <future>

#include "tests/channels/pop3_script.hpp"

namespace postroom::channels {
namespace {

TEST(pop3, loses_the_connection_in_the_middle_of_a_mail) {
  for (const auto& cut : {hang_up(), reset(), half_close()}) {
    scripted_server server(dialog{opened(2, pipelined), listed(2), C("RETR 1"), C("RETR 2"),
                                  S_raw("+OK\r\nwhole\r\n.\r\n+OK\r\nhal"), gate("read"), cut});
    inbound_client client(settings_for(server));
    auto mails = client.open_and_list();
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
  inbound_client client(settings);
  EXPECT_EQ(client.fetch(client.open_and_list()).end.code(), ec::timeout);
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
    inbound_client client(settings_for(server));
    EXPECT_EQ(client.open().code(), row.code) << row.answer;
    EXPECT_EQ(server.verdict(), "");
  }
}

TEST(pop3, tells_why_the_greeting_was_refused) {
  scripted_server server(dialog{S("-ERR [SYS/TEMP] come back later")});
  inbound_client client(settings_for(server));
  EXPECT_EQ(client.open().code(), ec::server_busy);
}

TEST(pop3, lives_without_capa) {
  scripted_server server(dialog{S("+OK ready"), C("CAPA"), S("-ERR what"), C("USER it"), S("+OK"),
                                C("PASS secret"), S("+OK"), C("CAPA"), S("-ERR what"), C("STAT"),
                                S("+OK 1 10"), listed(1)});
  inbound_client client(settings_for(server));
  EXPECT_EQ(client.open_and_list().size(), 1u);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, refuses_a_server_without_uidl_at_open_with_the_reason) {
  scripted_server server(dialog{opened(1, "USER"), C("LIST"), S("+OK\r\n1 10\r\n."), C("UIDL"),
                                S("-ERR unknown command")});
  inbound_client client(settings_for(server));
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
  inbound_client client(settings_for(server));
  auto got = client.fetch(client.open_and_list());
  EXPECT_TRUE(got.end);
  EXPECT_EQ(got.brief(), (lines{"1:server_busy", "2:server_busy", "3:not_found", "4:not_found"}));
}

TEST(pop3, goes_by_the_unique_id_of_mails_listed_in_an_earlier_session) {
  // id1 was number 1 then and is gone now; id2 has become number 1.
  scripted_server server(dialog{opened(1), C("LIST"), S("+OK\r\n1 100\r\n."), C("UIDL"),
                                S("+OK\r\n1 id2\r\n."), C("RETR 1"), S_raw("+OK\r\ntwo\r\n.\r\n"),
                                C("DELE 1"), S("+OK"), C("QUIT"), S("+OK")});
  inbound_client client(settings_for(server));
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
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
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
  inbound_client client(settings_for(server));
  EXPECT_EQ(client.settle(client.open_and_list(), after_commit::remove).code(), ec::server_busy);
  EXPECT_EQ(client.close().code(), ec::server_busy);
  EXPECT_EQ(server.verdict(), "");
}

TEST(pop3, says_no_quit_when_it_is_dropped) {
  // QUIT would remove the mail; a hang-up without it does not.
  scripted_server server(dialog{opened(1), listed(1), C("DELE 1"), S("+OK"), C("STAT")});
  inbound_client client(settings_for(server));
  EXPECT_TRUE(client.settle(client.open_and_list(), after_commit::remove));
  client.drop();
  EXPECT_EQ(server.verdict(), "connection 1: expected \"STAT\", but the client closed");
}

TEST(pop3, ends_every_call_with_cancelled_when_the_channel_goes) {
  scripted_server server(
      dialog{opened(1, pipelined), listed(1), C("RETR 1"), C("RETR 1"), gate("asked"), hang()});
  inbound_client client(settings_for(server));
  auto mails = client.open_and_list();
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
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  EXPECT_EQ(client.wait().code(), ec::unsupported);
}

TEST(pop3, shows_an_empty_mailbox) {
  scripted_server server(dialog{opened(0), listed(0), C("QUIT"), S("+OK")});
  inbound_client client(settings_for(server));
  EXPECT_TRUE(client.open_and_list().empty());
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
      {"capabilities without end", {pop3_sign_in(plain), C("CAPA"), S("+OK"), S([] {
                                      std::string all;
                                      for (int i = 0; i < 2'000; ++i) all += "X\r\n";
                                      return all;
                                    }())}},
  };
  for (const auto& [name, script] : table) {
    scripted_server server(script);
    inbound_client client(settings_for(server));
    auto r = client.open();
    auto code = r ? client.list().code() : r.code();
    EXPECT_EQ(code, ec::protocol_violation) << name;
  }
}

TEST(pop3, trusts_no_server_that_answers_what_nobody_asked) {
  scripted_server server(dialog{opened(1), S("+OK really")});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  // It depends on the moment whether it is taken for the answer to LIST or read before that.
  const auto code = client.list().code();
  EXPECT_TRUE(code == ec::protocol_violation || code == ec::connection_lost) << to_string(code);
}

TEST(pop3, takes_a_farewell_nobody_asked_for_as_a_lost_connection) {
  scripted_server server(
      dialog{opened(0), gate("idle"), S("-ERR Disconnected for inactivity."), hang_up()});
  inbound_client client(settings_for(server));
  ASSERT_TRUE(client.open());
  server.release("idle");
  EXPECT_EQ(server.verdict(), "");
  // Whether the farewell or the hang-up is read first, the next call finds the channel lost.
  EXPECT_EQ(client.list().code(), ec::connection_lost);
}

}  // namespace
}  // namespace postroom::channels

#include <algorithm>

#include "tests/channels/clamd_script.hpp"

namespace postroom::channels {
namespace {

using enum scan_verdict::kind;

constexpr std::size_t more_than_sockets_hold = 20u << 20;

/// Answers every mail that came as a whole.
auto says(std::string line) {
  return [line = std::move(line)](const clamd_peer& peer) {
    peer.mail();
    peer.say_line(line);
  };
}

TEST(clamd, scans_over_tcp_and_over_a_unix_socket) {
  for (const bool local : {false, true}) {
    clamd_double server(says("stream: Eicar FOUND"), local);
    clamd_client client(server.settings());
    const auto got = client.scan();
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(*got, (scan_verdict{infected, "Eicar"}));
    EXPECT_EQ(client.verdicts(), 1);
  }
}

TEST(clamd, a_large_mail_arrives_byte_by_byte_as_it_was) {
  std::string mail(more_than_sockets_hold, '\0');
  for (std::size_t i = 0; i < mail.size(); ++i) mail[i] = static_cast<char>(i * 31 >> 3);
  std::promise<bool> same;
  clamd_double server([&](const clamd_peer& peer) {
    same.set_value(peer.mail() == mail);
    peer.say_line("stream: OK");
  });
  clamd_client client(server.settings());
  EXPECT_EQ(client.scan(mail)->what, clean);
  EXPECT_TRUE(same.get_future().get());
}

TEST(clamd, an_empty_mail_is_scanned_too) {
  clamd_double server(says("stream: OK"));
  clamd_client client(server.settings());
  EXPECT_EQ(client.scan("")->what, clean);
}

TEST(clamd, an_answer_in_pieces_is_one) {
  clamd_double server([](const clamd_peer& peer) {
    peer.mail();
    for (const char c : std::string("stream: OK") + '\0') peer.say({&c, 1});
  });
  clamd_client client(server.settings());
  EXPECT_EQ(client.scan()->what, clean);
}

TEST(clamd, a_mail_over_clamds_limit_is_told_from_a_broken_connection) {
  for (const bool local : {false, true}) {
    clamd_double server(
        [](const clamd_peer& peer) {
          peer.read(1'000);
          peer.say_line("INSTREAM size limit exceeded. ERROR");
          // It closes with the rest of the mail unread, as clamd does.
        },
        local);
    clamd_client client(server.settings());
    const auto got = client.scan(std::string(more_than_sockets_hold, 'x'));
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->what, too_large);
  }
}

TEST(clamd, an_ok_before_the_end_of_the_mail_is_not_believed) {
  clamd_double server([](const clamd_peer& peer) {
    peer.read(1'000);
    peer.say_line("stream: OK");
    peer.wait_for_end();
  });
  clamd_client client(server.settings());
  EXPECT_EQ(client.scan(std::string(more_than_sockets_hold, 'x')).code(), ec::protocol_violation);
}

TEST(clamd, nobody_who_listens_is_unreachable) {
  clamd_settings gone;
  {
    clamd_double server(says("stream: OK"));
    gone = server.settings();
  }
  EXPECT_EQ(clamd_client(gone).scan().code(), ec::unreachable);
  clamd_settings no_socket;
  no_socket.socket_path = "/nonexistent/clamd.ctl";
  clamd_client client(no_socket);
  const auto got = client.scan();
  EXPECT_EQ(got.code(), ec::unreachable);
  EXPECT_EQ(got.error().detail, "clamd: no connection to the socket /nonexistent/clamd.ctl");
  EXPECT_EQ(client.ping().code(), ec::unreachable);
  EXPECT_EQ(client.verdicts(), 1);
}

TEST(clamd, one_that_says_nothing_ends_at_the_time_limit) {
  clamd_double server([](const clamd_peer& peer) {
    peer.mail();
    peer.wait_for_end();
  });
  auto settings = server.settings();
  settings.timeout = duration{100};
  clamd_client client(settings);
  EXPECT_EQ(client.scan().code(), ec::timeout);
}

TEST(clamd, one_that_reads_nothing_ends_at_the_time_limit_too) {
  std::promise<void> over;
  auto until = over.get_future().share();
  clamd_double server([until](const clamd_peer&) { until.wait(); });
  auto settings = server.settings();
  settings.timeout = duration{100};
  clamd_client client(settings);
  EXPECT_EQ(client.scan(std::string(more_than_sockets_hold, 'x')).code(), ec::timeout);
  over.set_value();
}

TEST(clamd, a_connection_that_ends_without_a_verdict_is_lost) {
  const clamd_double::play_fn ends[] = {
      [](const clamd_peer&) {},
      [](const clamd_peer& peer) { peer.command(); },
      [](const clamd_peer& peer) { peer.mail(); },
      [](const clamd_peer& peer) {
        peer.mail();
        peer.say("stream: OK");  // but not its end
      },
  };
  for (const auto& play : ends) {
    clamd_double server(play);
    clamd_client client(server.settings());
    EXPECT_EQ(client.scan(std::string(more_than_sockets_hold, 'x')).code(), ec::connection_lost);
    EXPECT_EQ(client.verdicts(), 1);
  }
}

TEST(clamd, what_is_no_clamd_gives_no_verdict) {
  for (const char* line : {"220 mail.example.org ESMTP", "", "OK"}) {
    clamd_double server(says(line));
    clamd_client client(server.settings());
    EXPECT_EQ(client.scan().code(), ec::protocol_violation) << line;
  }
}

TEST(clamd, an_answer_without_end_is_cut_off) {
  std::atomic<std::size_t> said = 0;
  {
    clamd_double server([&](const clamd_peer& peer) {
      peer.mail();
      while (peer.say(std::string(64u << 10, 'x'))) said += 64u << 10;
    });
    clamd_client client(server.settings());
    EXPECT_EQ(client.scan().code(), ec::protocol_violation);
  }
  EXPECT_LT(said, std::size_t{64} << 20);
}

TEST(clamd, uses_as_many_connections_as_it_may_and_no_more) {
  std::mutex mutex;
  int open = 0, most = 0;
  bool told = false;
  std::promise<void> two_are_there;
  std::promise<void> go;
  auto gone = go.get_future().share();
  clamd_double server([&, gone](const clamd_peer& peer) {
    peer.mail();
    {
      const std::lock_guard lock(mutex);
      most = std::max(most, ++open);
      if (open == 2 && !std::exchange(told, true)) two_are_there.set_value();
    }
    gone.wait();
    {
      const std::lock_guard lock(mutex);
      --open;
    }
    peer.say_line("stream: OK");
  });
  auto settings = server.settings();
  settings.max_connections = 2;
  clamd_client client(settings);
  std::vector<std::future<result<scan_verdict>>> all;
  for (int i = 0; i < 6; ++i) all.push_back(client.start("mail"));
  two_are_there.get_future().wait();
  client.round();
  go.set_value();
  for (auto& each : all) EXPECT_TRUE(clamd_client::wait(std::move(each)));
  EXPECT_EQ(most, 2);
  EXPECT_EQ(server.connections(), 6);
}

TEST(clamd, refuses_more_mails_than_may_wait) {
  std::promise<void> go;
  auto gone = go.get_future().share();
  clamd_double server([gone](const clamd_peer& peer) {
    peer.mail();
    gone.wait();
    peer.say_line("stream: OK");
  });
  auto settings = server.settings();
  settings.max_connections = 1;
  settings.max_queued = 2;
  clamd_client client(settings);
  std::vector<std::future<result<scan_verdict>>> all;
  for (int i = 0; i < 3; ++i) all.push_back(client.start("mail"));
  EXPECT_EQ(client.scan().code(), ec::overloaded);
  go.set_value();
  for (auto& each : all) EXPECT_TRUE(clamd_client::wait(std::move(each)));
}

TEST(clamd, ping_comes_before_all_mails_that_wait) {
  std::mutex mutex;
  std::vector<std::string> order;
  std::promise<void> first_is_there, go;
  auto gone = go.get_future().share();
  clamd_double server([&, gone](const clamd_peer& peer) {
    const auto command = peer.command();
    bool first = false;
    {
      const std::lock_guard lock(mutex);
      order.push_back(command);
      first = order.size() == 1;
    }
    if (first) {
      first_is_there.set_value();
      gone.wait();
    }
    peer.say_line(command == "zPING" ? "PONG" : "stream: x FOUND");
  });
  auto settings = server.settings();
  settings.max_connections = 1;
  clamd_client client(settings);
  auto one = client.start("");
  first_is_there.get_future().wait();
  auto two = client.start("");
  auto ping = client.start_ping();
  client.round();
  go.set_value();
  EXPECT_TRUE(clamd_client::wait(std::move(ping)));
  EXPECT_TRUE(clamd_client::wait(std::move(two)));
  EXPECT_TRUE(clamd_client::wait(std::move(one)));
  EXPECT_EQ(order, (std::vector<std::string>{"zINSTREAM", "zPING", "zINSTREAM"}));
}

TEST(clamd, a_scanner_let_go_of_ends_each_mail_once_as_cancelled) {
  std::promise<void> there, over;
  auto until = over.get_future().share();
  clamd_double server([&, until](const clamd_peer& peer) {
    peer.mail();
    there.set_value();
    until.wait();
  });
  auto settings = server.settings();
  settings.max_connections = 1;
  clamd_client client(settings);
  auto under_way = client.start("one");
  auto waiting = client.start("two");
  there.get_future().wait();
  client.drop();
  EXPECT_EQ(clamd_client::wait(std::move(under_way)).code(), ec::cancelled);
  EXPECT_EQ(clamd_client::wait(std::move(waiting)).code(), ec::cancelled);
  client.round();
  EXPECT_EQ(client.verdicts(), 2);
  over.set_value();
}

TEST(clamd, answers_every_mail_when_the_loop_ends_first) {
  std::promise<void> there, over;
  auto until = over.get_future().share();
  clamd_double server([&, until](const clamd_peer& peer) {
    peer.mail();
    there.set_value();
    until.wait();
  });
  auto ended = std::make_shared<std::promise<result<scan_verdict>>>();
  {
    event_loop loop;
    auto scanner = make_clamd(loop, server.settings());
    scanner->scan(std::make_shared<const std::string>("mail"),
                  [ended](auto r) { ended->set_value(std::move(r)); });
    there.get_future().wait();
    // The scanner goes just before the loop, as when the process stops.
  }
  EXPECT_EQ(ended->get_future().get().code(), ec::cancelled);
  over.set_value();
}

}  // namespace
}  // namespace postroom::channels

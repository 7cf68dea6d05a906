#include "channels/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "channels/curl_status.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/timer_queue.hpp"

namespace postroom::channels {
namespace {

/// Runs `fn` on the loop and waits for its end.
void on_loop(event_loop& loop, std::function<void()> fn) {
  std::promise<void> ended;
  ASSERT_TRUE(loop.post([&] {
    fn();
    ended.set_value();
  }));
  ended.get_future().wait();
}

struct socket_pair {
  std::array<int, 2> fd{};
  socket_pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd.data()), 0); }
  ~socket_pair() {
    close(fd[0]);
    close(fd[1]);
  }
};

TEST(event_loop, runs_posts_of_many_threads_in_each_threads_order) {
  event_loop loop;
  constexpr int threads = 4, each = 5'000;
  std::array<std::vector<int>, threads> seen;
  std::vector<std::thread> posters;
  for (int t = 0; t < threads; ++t) {
    posters.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        EXPECT_TRUE(loop.post([&seen, t, i] { seen[static_cast<std::size_t>(t)].push_back(i); }));
      }
    });
  }
  for (auto& p : posters) p.join();
  on_loop(loop, [] {});
  for (const auto& s : seen) {
    ASSERT_EQ(s.size(), each);
    EXPECT_TRUE(std::ranges::is_sorted(s));
  }
}

TEST(event_loop, knows_its_own_thread) {
  event_loop loop;
  EXPECT_FALSE(loop.on_loop_thread());
  on_loop(loop, [&] { EXPECT_TRUE(loop.on_loop_thread()); });
}

TEST(event_loop, runs_what_was_posted_before_its_end_and_refuses_the_rest) {
  std::atomic<int> ran{0};
  std::atomic<bool> refused{false};
  {
    event_loop loop;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(loop.post([&] { ++ran; }));
    on_loop(loop,
            [&] { loop.internals().on_stop([&] { refused = !loop.internals().post([] {}); }); });
  }
  EXPECT_EQ(ran, 100);
  EXPECT_TRUE(refused);
}

TEST(event_loop, runs_stop_hooks_once_and_not_the_forgotten_ones) {
  std::vector<std::string> ran;
  {
    event_loop loop;
    on_loop(loop, [&] {
      auto& x = loop.internals();
      x.on_stop([&] { ran.push_back("kept"); });
      x.forget_stop(x.on_stop([&] { ran.push_back("forgotten"); }));
    });
  }
  EXPECT_EQ(ran, std::vector<std::string>{"kept"});
}

TEST(event_loop, fires_timers_by_deadline_and_not_the_cancelled_ones) {
  event_loop loop;
  std::vector<int> fired;
  std::promise<void> last;
  on_loop(loop, [&] {
    loop.after(duration{40}, [&] { last.set_value(); });
    loop.after(duration{20}, [&] { fired.push_back(2); });
    loop.after(duration{0}, [&] { fired.push_back(1); });
    loop.cancel(loop.after(duration{10}, [&] { fired.push_back(99); }));
    loop.cancel(0);
  });
  last.get_future().wait();
  on_loop(loop, [&] { EXPECT_EQ(fired, (std::vector<int>{1, 2})); });
}

TEST(timer_queue, a_timer_may_cancel_one_that_is_due_with_it) {
  timer_queue timers;
  bool second = false;
  uint64_t id = 0;
  timers.add(duration{0}, [&] { timers.cancel(id); });
  id = timers.add(duration{0}, [&] { second = true; });
  while (timers.wait_ms() > 0) std::this_thread::yield();
  timers.run_due();
  EXPECT_FALSE(second);
  EXPECT_EQ(timers.wait_ms(), -1);
}

TEST(timer_queue, a_timer_without_delay_waits_for_the_next_round) {
  timer_queue timers;
  int runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    timers.add(duration{0}, again);
  };
  timers.add(duration{0}, again);
  timers.run_due();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(timers.wait_ms(), 0);
}

TEST(event_loop, tells_of_a_readable_socket_until_it_is_unwatched) {
  event_loop loop;
  socket_pair pair;
  std::promise<void> heard;
  int times = 0;
  on_loop(loop, [&] {
    loop.internals().watch(pair.fd[0], EPOLLIN, [&](uint32_t events) {
      EXPECT_TRUE(events & EPOLLIN);
      if (++times < 3) return;  // level-triggered: it comes again while nothing is read
      loop.internals().unwatch(pair.fd[0]);
      heard.set_value();
    });
  });
  ASSERT_EQ(write(pair.fd[1], "x", 1), 1);
  heard.get_future().wait();
  on_loop(loop, [] {});
  on_loop(loop, [&] { EXPECT_EQ(times, 3); });
}

TEST(event_loop, gives_no_event_to_a_watch_that_an_earlier_event_of_the_round_replaced) {
  event_loop loop;
  socket_pair a, b;
  int stale = 0;
  std::promise<void> heard;
  on_loop(loop, [&] {
    auto& x = loop.internals();
    // Whichever comes first takes the other away; both are ready in one round.
    x.watch(a.fd[0], EPOLLIN, [&](uint32_t) {
      ++stale;
      x.unwatch(a.fd[0]);
      x.unwatch(b.fd[0]);
      heard.set_value();
    });
    x.watch(b.fd[0], EPOLLIN, [&](uint32_t) {
      ++stale;
      x.unwatch(a.fd[0]);
      x.unwatch(b.fd[0]);
      heard.set_value();
    });
    EXPECT_EQ(write(a.fd[1], "x", 1), 1);
    EXPECT_EQ(write(b.fd[1], "x", 1), 1);
  });
  heard.get_future().wait();
  on_loop(loop, [&] { EXPECT_EQ(stale, 1); });
}

/// A handle for a port where nobody listens.
CURL* dead_transfer() {
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, "imap://127.0.0.1:1/");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  return easy;
}

TEST(curl_transfers, end_each_once_even_when_they_outnumber_the_lanes) {
  event_loop loop;
  constexpr std::size_t count = 3 * curl_transfers::max_running_per_lane;
  std::atomic<std::size_t> ended{0};
  std::promise<void> all;
  std::vector<CURL*> handles;
  on_loop(loop, [&] {
    for (std::size_t i = 0; i < count; ++i) {
      handles.push_back(dead_transfer());
      loop.internals().transfers().start(handles.back(), "one", [&](CURLcode rc) {
        EXPECT_EQ(code_of(rc), ec::unreachable);
        if (++ended == count) all.set_value();
      });
    }
    EXPECT_EQ(ended, 0u);
  });
  all.get_future().wait();
  on_loop(loop, [&] {
    for (CURL* easy : handles) {
      loop.internals().transfers().drop(easy);
      curl_easy_cleanup(easy);
    }
    EXPECT_EQ(ended, count);
  });
}

TEST(curl_transfers, dropped_ones_never_report_whether_they_ran_or_waited) {
  event_loop loop;
  std::atomic<int> ended{0};
  on_loop(loop, [&] {
    auto& transfers = loop.internals().transfers();
    std::vector<CURL*> handles;
    for (std::size_t i = 0; i < 2 * curl_transfers::max_running_per_lane; ++i) {
      handles.push_back(dead_transfer());
      transfers.start(handles.back(), "one", [&](CURLcode) { ++ended; });
    }
    for (CURL* easy : handles) {
      transfers.drop(easy);
      curl_easy_cleanup(easy);
    }
    transfers.drop(nullptr);
  });
  // The lane is free again.
  std::promise<void> heard;
  CURL* easy = nullptr;
  on_loop(loop, [&] {
    easy = dead_transfer();
    loop.internals().transfers().start(easy, "one", [&](CURLcode) { heard.set_value(); });
  });
  heard.get_future().wait();
  on_loop(loop, [&] {
    loop.internals().transfers().drop(easy);
    curl_easy_cleanup(easy);
  });
  EXPECT_EQ(ended, 0);
}

TEST(curl_status, maps_what_a_mail_server_can_cause) {
  const std::pair<CURLcode, ec> rows[] = {
      {CURLE_OK, ec::none},
      {CURLE_COULDNT_RESOLVE_HOST, ec::dns_failed},
      {CURLE_COULDNT_CONNECT, ec::unreachable},
      {CURLE_OPERATION_TIMEDOUT, ec::timeout},
      {CURLE_LOGIN_DENIED, ec::auth_refused},
      {CURLE_PEER_FAILED_VERIFICATION, ec::tls_failed},
      {CURLE_SSL_CONNECT_ERROR, ec::unreachable},
      {CURLE_USE_SSL_FAILED, ec::tls_failed},
      {CURLE_SSL_CACERT_BADFILE, ec::config_invalid},
      {CURLE_WEIRD_SERVER_REPLY, ec::protocol_violation},
      {CURLE_RECV_ERROR, ec::connection_lost},
      {CURL_LAST, ec::internal},
  };
  for (const auto& [rc, code] : rows) EXPECT_EQ(code_of(rc), code) << rc;
}

TEST(curl_status, tells_a_handshake_that_was_cut_off_from_one_that_cannot_succeed) {
  const struct {
    const char* said;
    ec code;
  } rows[] = {
      {"OpenSSL SSL_connect: Connection reset by peer in connection to a:443", ec::unreachable},
      {"OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to a:443", ec::unreachable},
      {"error:0A000126:SSL routines::unexpected eof while reading", ec::unreachable},
      {"error:0A000438:SSL routines::tlsv1 alert internal error", ec::unreachable},
      {"", ec::unreachable},
      {"error:0A00010B:SSL routines::wrong version number", ec::tls_failed},
      {"error:0A000410:SSL routines::sslv3 alert handshake failure", ec::tls_failed},
      {"error:0A00042E:SSL routines::tlsv1 alert protocol version", ec::tls_failed},
      {"error:0A000418:SSL routines::tlsv1 alert unknown ca", ec::tls_failed},
  };
  for (const auto& row : rows)
    EXPECT_EQ(error_of(CURLE_SSL_CONNECT_ERROR, row.said).code, row.code) << row.said;
}

TEST(curl_status, keeps_what_libcurl_said_and_its_number) {
  EXPECT_EQ(error_of(CURLE_RECV_ERROR, "reset by peer").detail, "reset by peer (curl 56)");
  EXPECT_EQ(error_of(CURLE_RECV_ERROR, "").detail,
            "Failure when receiving data from the peer (curl 56)");
}

}  // namespace
}  // namespace postroom::channels

#include <sys/resource.h>

#include <fstream>
#include <latch>
#include <thread>

#include "api/connect_client.hpp"
#include "tests/api/fixture.hpp"

namespace postroom::api {
namespace {

using admin::v1::GetRawRequest;
using admin::v1::GetRawResponse;
constexpr const char* method = "postroom.admin.v1.CallsService/GetRaw";

/// A server that a test can fill up; a request for mail 1 waits at the gate.
struct http_front_test : server_test {
  std::latch entered{1};
  std::latch gate{1};
  std::unique_ptr<connect_server> server;  // ends before what its calls wait for

  void start(connect_options o) {
    server = std::make_unique<connect_server>(std::move(o));
    server->add<GetRawRequest, GetRawResponse>(
        method, [this](const GetRawRequest& r, const call_context&) -> result<GetRawResponse> {
          if (r.mail() == 1) {
            entered.count_down();
            gate.wait();
          }
          GetRawResponse response;
          response.set_raw(std::string(r.mail(), 'x'));
          return response;
        });
    ASSERT_TRUE(server->start());
  }

  unique_fd connected() const {
    auto fd = connect_unix(path, duration{10'000});
    return fd ? std::move(*fd) : unique_fd{};
  }
  unique_fd sends(const std::string& bytes) const {
    auto fd = connected();
    send_all(fd.get(), bytes);
    return fd;
  }
  bool alive() const {
    return connect_client{path}.call<GetRawResponse>(method, GetRawRequest{}).ok();
  }
};

std::string asks_for(int mail) {
  return post(std::string{"/"} + method, "application/json",
              R"({"mail":)" + std::to_string(mail) + "}");
}

/// A request with a body of which `left` bytes are missing.
std::string without_end(std::size_t size, std::size_t left) {
  auto whole = post(std::string{"/"} + method, "application/json", std::string(size, ' '));
  whole.resize(whole.size() - left);
  return whole;
}

/// How many whole answers with this status there are.
int count(const std::string& answers, int status) {
  int n = 0;
  const auto line = "HTTP/1.1 " + std::to_string(status);
  for (auto at = answers.find(line); at != std::string::npos; at = answers.find(line, at + 1)) ++n;
  return n;
}

long resident_kib() {
  std::ifstream in{"/proc/self/status"};
  for (std::string word; in >> word;)
    if (word == "VmRSS:") {
      long kib = 0;
      in >> kib;
      return kib;
    }
  return 0;
}

void allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::max(limit.rlim_cur, wanted);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0) << "the hard limit of open files is too low";
}

/// The peer has hung up, now or within 10 s.
bool over(int fd) {
  pollfd p{fd, POLLIN, 0};
  char byte = 0;
  return ::poll(&p, 1, 10'000) > 0 && ::recv(fd, &byte, 1, MSG_PEEK) <= 0;
}

}  // namespace

TEST_F(http_front_test, a_connection_serves_one_call_after_another) {
  start(options());
  const auto fd = connected();
  for (int i = 2; i < 50; ++i) {
    send_all(fd.get(), asks_for(i));
    ASSERT_EQ(status_of(read_answer(fd.get())), 200) << i;
  }
}

TEST_F(http_front_test, calls_sent_all_at_once_are_answered_in_their_order) {
  start(options());
  std::string all;
  for (int i = 2; i < 202; ++i) all += asks_for(i);
  const auto fd = sends(all);
  ::shutdown(fd.get(), SHUT_WR);
  const auto answers = read_all(fd.get());
  EXPECT_EQ(count(answers, 200), 200);
  std::size_t at = 0;
  for (const auto* base64 : {"\"eHg=\"", "\"eHh4\"", "\"eHh4eA==\"", "\"eHh4eHg=\""}) {
    at = answers.find(base64, at);
    EXPECT_NE(at, std::string::npos) << base64;
  }
}

TEST_F(http_front_test, a_client_that_wants_the_connection_closed_gets_it_closed) {
  start(options());
  auto request = asks_for(2);
  request.insert(request.find("Host:"), "Connection: close\r\n");
  const auto answer = read_all(sends(request).get());
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(http_front_test, a_client_that_asks_first_is_told_to_go_on_or_why_not) {
  start(options());
  auto request = asks_for(2);
  request.insert(request.find("Host:"), "Expect: 100-continue\r\n");
  const auto body = request.find("\r\n\r\n") + 4;
  const auto fd = sends(request.substr(0, body));
  pollfd p{fd.get(), POLLIN, 0};
  ASSERT_GT(::poll(&p, 1, 10'000), 0);
  char buffer[100];
  const auto n = ::recv(fd.get(), buffer, sizeof buffer, 0);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(n)), "HTTP/1.1 100 Continue\r\n\r\n");
  send_all(fd.get(), request.substr(body));
  EXPECT_EQ(status_of(read_answer(fd.get())), 200);
  auto unknown = request.substr(0, body);
  unknown.replace(unknown.find("GetRaw"), 6, "GetRow");
  EXPECT_EQ(status_of(talk(unknown)), 404);
}

TEST_F(http_front_test, slow_clients_take_no_thread) {
  auto o = options();
  o.threads = 1;
  start(o);
  std::vector<unique_fd> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(connected());
    slow.push_back(sends("POST / HT"));
    slow.push_back(sends(without_end(1000, 1)));
  }
  EXPECT_TRUE(alive());
  send_all(slow.back().get(), " ");
  EXPECT_EQ(status_of(read_answer(slow.back().get())), 400);  // blanks are no JSON
}

TEST_F(http_front_test, a_head_that_does_not_end_is_told_so_in_time) {
  auto o = options();
  o.head_limit = duration{400};  // within which this test must have sent its few bytes
  start(o);
  EXPECT_EQ(status_of(read_all(sends("POST /x HTTP/1.1\r\nHost:").get())), 408);
}

TEST_F(http_front_test, a_body_that_does_not_end_is_told_so_in_time) {
  auto o = options();
  o.read_limit = duration{400};
  start(o);
  const auto answer = read_all(sends(without_end(1000, 1)).get());
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_NE(answer.find(R"("code":"deadline_exceeded")"), std::string::npos);
}

TEST_F(http_front_test, a_connection_without_a_next_call_is_closed_in_time) {
  auto o = options();
  o.idle_limit = duration{50};
  start(o);
  const auto fd = sends(asks_for(2));
  EXPECT_EQ(status_of(read_answer(fd.get())), 200);
  EXPECT_TRUE(over(fd.get()));
}

TEST_F(http_front_test, of_two_thousand_connections_those_over_the_bound_are_told_and_closed) {
  allow_descriptors(4096);
  auto o = options();
  o.head_limit = o.read_limit = duration{300'000};
  start(o);
  std::vector<unique_fd> all;
  for (int i = 0; i < 2000; ++i) all.push_back(connected());
  int refused = 0;
  for (std::size_t i = 256; i < all.size(); ++i)
    if (status_of(read_all(all[i].get())) == 503) ++refused;
  EXPECT_EQ(refused, 2000 - 256);
  send_all(all[7].get(), asks_for(2));
  EXPECT_EQ(status_of(read_answer(all[7].get())), 200);
  all.clear();
  EXPECT_TRUE(alive());
}

TEST_F(http_front_test, a_kept_connection_without_a_call_gives_way_to_a_new_one) {
  auto o = options();
  o.max_connections = 2;
  start(o);
  const auto oldest = sends(asks_for(2));
  ASSERT_EQ(status_of(read_answer(oldest.get())), 200);
  const auto working = sends(asks_for(1));
  entered.wait();
  EXPECT_TRUE(alive());
  EXPECT_TRUE(over(oldest.get()));
  gate.count_down();
  EXPECT_EQ(status_of(read_answer(working.get())), 200);
}

TEST_F(http_front_test, bodies_that_do_not_end_are_bounded_all_together) {
  auto o = options();
  o.max_buffered = 32u << 20;
  start(o);
  const auto before = resident_kib();
  const auto part = without_end(8u << 20, 1);
  std::vector<unique_fd> all;
  for (int i = 0; i < 100; ++i) all.push_back(sends(part));  // 800 MiB
  EXPECT_LT(resident_kib() - before, 300 << 10);
  all.clear();
  int tries = 0;
  while (!alive() && ++tries < 1000) {
  }
  EXPECT_TRUE(alive());
}

TEST_F(http_front_test, answers_that_nobody_takes_keep_others_from_making_more) {
  auto o = options();
  o.max_buffered = 8u << 20;
  o.threads = 1;
  start(o);
  std::vector<unique_fd> all;
  for (int i = 0; i < 20; ++i) all.push_back(sends(asks_for(4 << 20)));
  const auto last = talk(asks_for(2));
  EXPECT_EQ(status_of(last), 503);
  all.clear();
  int tries = 0;
  while (!alive() && ++tries < 1000) {
  }
  EXPECT_TRUE(alive());
}

TEST_F(http_front_test, a_client_that_leaves_while_its_call_is_worked_on_disturbs_nobody) {
  start(options());
  { const auto fd = sends(asks_for(1)); }
  entered.wait();
  EXPECT_TRUE(alive());
  gate.count_down();
  EXPECT_TRUE(alive());
}

TEST_F(http_front_test, a_call_whose_time_passes_in_the_queue_is_not_begun) {
  auto o = options();
  o.threads = 1;
  start(o);
  const auto working = sends(asks_for(1));
  entered.wait();
  auto request = asks_for(2);
  request.insert(request.find("Host:"), "Connect-Timeout-Ms: 1\r\n");
  const auto queued = sends(request);
  // Behind it in the queue: once this one is answered, the other's millisecond is over as well.
  const auto last = sends(asks_for(3));
  ::poll(nullptr, 0, 20);
  gate.count_down();
  const auto answer = read_answer(queued.get());
  EXPECT_EQ(status_of(answer), 504);
  EXPECT_NE(answer.find(R"("code":"deadline_exceeded")"), std::string::npos);
  EXPECT_EQ(status_of(read_answer(last.get())), 200);
}

TEST_F(http_front_test, calls_that_wait_for_a_thread_are_told_when_the_server_stops) {
  auto o = options();
  o.threads = 1;
  start(o);
  const auto working = sends(asks_for(1));
  entered.wait();
  const auto waiting = sends(asks_for(2));
  const auto silent = connected();
  // All connections are served in turn, so after this answer the one before waits for the thread.
  ASSERT_EQ(status_of(talk("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), 404);
  std::thread stopper{[&] { server->stop(); }};
  EXPECT_TRUE(over(silent.get()));  // so the server has begun to stop
  gate.count_down();
  stopper.join();
  EXPECT_EQ(status_of(read_all(working.get())), 200);
  EXPECT_EQ(status_of(read_all(waiting.get())), 503);
}

TEST_F(http_front_test, who_is_refused_by_the_head_is_told_before_the_body_has_come) {
  server = std::make_unique<connect_server>(options());
  server->add<GetRawRequest, GetRawResponse>(
      method, [](const GetRawRequest&, const call_context&) { return GetRawResponse{}; });
  server->guard([](const call_context&) -> result<body_bound> {
    return fail(ec::unauthenticated, "nobody has signed in");
  });
  ASSERT_TRUE(server->start());
  for (const auto& head : {without_end(1000, 1000), without_end(60u << 20, 60u << 20)}) {
    const auto fd = sends(head);
    const auto answer = read_all(fd.get());
    EXPECT_EQ(status_of(answer), 401);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  }
}

TEST_F(http_front_test, each_method_takes_as_much_as_its_guard_says) {
  server = std::make_unique<connect_server>(options());
  for (const auto* name : {"a.B/Small", "a.B/Large"})
    server->add<GetRawRequest, GetRawResponse>(
        name, [](const GetRawRequest&, const call_context&) { return GetRawResponse{}; });
  server->guard([](const call_context& c) -> result<body_bound> {
    return body_bound{c.method == "a.B/Large" ? 2000u : 1000u};
  });
  ASSERT_TRUE(server->start());
  const auto status = [&](const char* path_of, std::size_t size) {
    return status_of(talk(post(path_of, "application/json", "{}" + std::string(size - 2, ' '))));
  };
  EXPECT_EQ(status("/a.B/Small", 1000), 200);
  EXPECT_EQ(status("/a.B/Small", 1001), 413);
  EXPECT_EQ(status("/a.B/Large", 2000), 200);
  EXPECT_EQ(status("/a.B/Large", 2001), 413);
}

}  // namespace postroom::api

#include <sys/resource.h>

#include <latch>
#include <thread>

#include "api/connect_client.hpp"
#include "tests/api/fixture.hpp"

namespace postroom::api {
namespace {

using admin::v1::GetRawRequest;
using admin::v1::GetRawResponse;
constexpr const char* method = "postroom.admin.v1.CallsService/GetRaw";

/// A server whose limits a test can reach.
struct http_limits_test : server_test {
  std::unique_ptr<connect_server> server;
  std::latch* entered = nullptr;
  std::latch* leave = nullptr;

  void start(connect_options o) {
    server = std::make_unique<connect_server>(std::move(o));
    server->add<GetRawRequest, GetRawResponse>(
        method, [this](const GetRawRequest& r, const call_context&) -> result<GetRawResponse> {
          if (entered) entered->count_down();
          if (leave) leave->wait();
          GetRawResponse response;
          response.set_raw(std::string(r.mail(), 'x'));
          return response;
        });
    ASSERT_TRUE(server->start());
  }
  bool alive() const {
    return connect_client{path}.call<GetRawResponse>(method, GetRawRequest{}).ok();
  }
};

std::string chunked(const std::string& body) {
  char size[32];
  std::snprintf(static_cast<char*>(size), sizeof size, "%zx\r\n", body.size());
  return std::string{"POST /"} + method +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
         "Transfer-Encoding: chunked\r\n\r\n" +
         static_cast<char*>(size) + body + "\r\n0\r\n\r\n";
}

}  // namespace

TEST_F(http_limits_test, a_body_over_the_limit_is_refused_by_its_announced_length) {
  auto o = options();
  o.max_request = 1000;
  start(o);
  const auto answer =
      talk(post(std::string{"/"} + method, "application/json", std::string(1001, ' ')));
  EXPECT_EQ(status_of(answer), 413);
  EXPECT_NE(answer.find(R"("code":"resource_exhausted")"), std::string::npos);
  EXPECT_EQ(status_of(talk(
                post(std::string{"/"} + method, "application/json", "{}" + std::string(998, ' ')))),
            200);
}

TEST_F(http_limits_test, a_huge_body_is_refused_and_the_client_sees_why) {
  auto o = options();
  o.max_request = 1u << 20;
  start(o);
  GetRawRequest request;
  request.set_partition(std::string(8u << 20, 'x'));
  const auto answer = connect_client{path}.call<GetRawResponse>(method, request);
  EXPECT_EQ(answer.code(), ec::overloaded) << answer.error().text();
  EXPECT_TRUE(alive());
}

TEST_F(http_limits_test, a_body_of_sixty_megabytes_is_taken_by_default) {
  start(options());
  GetRawRequest request;
  request.set_partition(std::string(60u << 20, 'x'));
  const auto answer = connect_client{path}.call<GetRawResponse>(method, request);
  EXPECT_TRUE(answer) << answer.error().text();
}

TEST_F(http_limits_test, a_chunked_body_counts_as_it_comes) {
  auto o = options();
  o.max_request = 1000;
  start(o);
  EXPECT_EQ(status_of(talk(chunked("{}"))), 200);
  EXPECT_EQ(status_of(talk(chunked(std::string(5000, ' ')))), 413);
}

TEST_F(http_limits_test, a_head_without_end_is_cut_off) {
  start(options());
  EXPECT_EQ(talk("GET /" + std::string(1u << 20, 'a')).find("200"), std::string::npos);
  const auto many = talk("POST / HTTP/1.1\r\n" + [] {
    std::string headers;
    for (int i = 0; i < 5000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
    return headers;
  }() + "\r\n");
  EXPECT_EQ(status_of(many), 431);
  EXPECT_EQ(status_of(talk("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n\r\n")), 414);
  EXPECT_TRUE(alive());
}

TEST_F(http_limits_test, a_client_that_sends_nothing_is_dropped_in_time) {
  auto o = options();
  o.read_limit = duration{50};
  start(o);
  const auto fd = connect_unix(path, duration{1000});
  ASSERT_TRUE(fd);
  EXPECT_EQ(read_all(fd->get()).find("200"), std::string::npos);
  EXPECT_TRUE(alive());
}

TEST_F(http_limits_test, a_client_that_drips_its_request_gets_no_more_time_than_others) {
  auto o = options();
  o.read_limit = duration{200};
  o.threads = 1;
  start(o);
  const auto fd = connect_unix(path, duration{1000});
  ASSERT_TRUE(fd);
  const auto request =
      post(std::string{"/"} + method, "application/json", "{}" + std::string(2000, ' '));
  // A byte every 10 ms would take 20 s and never be 200 ms late for httplib.
  std::size_t sent = 0;
  for (; sent < request.size(); ++sent) {
    if (::send(fd->get(), &request[sent], 1, MSG_NOSIGNAL) != 1) break;
    pollfd p{fd->get(), POLLIN, 0};
    if (::poll(&p, 1, 10) > 0) break;
  }
  EXPECT_LT(sent, request.size());
  EXPECT_TRUE(alive());
}

TEST_F(http_limits_test, a_client_that_does_not_read_its_answer_is_dropped_in_time) {
  auto o = options();
  o.write_limit = duration{100};
  o.threads = 1;
  start(o);
  GetRawRequest request;
  request.set_mail(16u << 20);
  const auto fd = connect_unix(path, duration{1000});
  ASSERT_TRUE(fd);
  send_all(fd->get(),
           post(std::string{"/"} + method, "application/proto", request.SerializeAsString()));
  EXPECT_TRUE(alive());  // the one thread is free again
}

TEST_F(http_limits_test, requests_over_the_bound_are_told_to_come_again) {
  std::latch in{1};
  std::latch out{1};
  entered = &in;
  leave = &out;
  auto o = options();
  o.threads = 1;
  o.queued = 1;
  start(o);
  const auto request = post(std::string{"/"} + method, "application/json", "{}");
  auto working = connect_unix(path, duration{1000});
  ASSERT_TRUE(working);
  send_all(working->get(), request);
  in.wait();
  entered = nullptr;
  auto waiting = connect_unix(path, duration{1000});
  ASSERT_TRUE(waiting);
  send_all(waiting->get(), request);
  const auto refused = talk(request);
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find(R"("code":"unavailable")"), std::string::npos);
  out.count_down();
  EXPECT_EQ(status_of(read_answer(working->get())), 200);
  EXPECT_EQ(status_of(read_answer(waiting->get())), 200);
}

TEST_F(http_limits_test, stopping_does_not_wait_for_a_client_that_says_nothing) {
  start(options());  // 30 s to send a request; the test's own time limit is the assertion
  const auto silent = connect_unix(path, duration{1000});
  ASSERT_TRUE(silent);
  ASSERT_TRUE(alive());
  server->stop();
  EXPECT_EQ(connect_unix(path, duration{100}).code(), ec::not_found);
}

TEST_F(http_limits_test, descriptors_above_1024_are_served_like_any_other) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, 2048);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0) << "the hard limit of open files is too low";
  std::vector<unique_fd> many;
  while (many.size() < 1100) {
    many.emplace_back(::dup(STDERR_FILENO));
    ASSERT_TRUE(many.back());
  }
  start(options());
  EXPECT_TRUE(alive());
}

}  // namespace postroom::api

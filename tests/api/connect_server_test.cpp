#include "api/connect_server.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "api/connect_client.hpp"
#include "tests/api/fixture.hpp"

namespace postroom::api {
namespace {

using admin::v1::GetCallRequest;
using admin::v1::GetCallResponse;
using admin::v1::GetRawRequest;
using admin::v1::GetRawResponse;

constexpr const char* get = "postroom.admin.v1.CallsService/Get";
constexpr const char* get_raw = "postroom.admin.v1.CallsService/GetRaw";
constexpr const char* get_path = "/postroom.admin.v1.CallsService/Get";

result<GetCallResponse> answer_get(const GetCallRequest& request, const call_context&) {
  if (request.call() == "missing") return fail(ec::not_found, "no such call");
  if (request.call() == "throw") throw std::runtime_error("the secret inside");
  if (request.call() == "silent") return fail(ec::store_io);
  GetCallResponse response;
  response.mutable_call()->set_subject("subject of " + request.call());
  response.mutable_call()->set_created_at(7);
  return response;
}

struct connect_server_test : server_test {
  connect_server server{options()};

  void SetUp() override {
    server.add<GetCallRequest, GetCallResponse>(get, answer_get);
    server.add<GetRawRequest, GetRawResponse>(
        get_raw, [](const GetRawRequest& r, const call_context&) -> result<GetRawResponse> {
          GetRawResponse response;
          response.set_raw(std::string(r.mail(), '\xff'));
          return response;
        });
    ASSERT_TRUE(server.start());
  }

  result<GetCallResponse> ask(const std::string& call) const {
    GetCallRequest request;
    request.set_call(call);
    return connect_client{path}.call<GetCallResponse>(get, request);
  }
};

std::string run(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return out;
  char buffer[4096];
  while (const auto n = std::fread(static_cast<char*>(buffer), 1, sizeof buffer, pipe))
    out.append(static_cast<char*>(buffer), n);
  ::pclose(pipe);
  return out;
}

}  // namespace

TEST_F(connect_server_test, a_call_is_answered_in_binary) {
  const auto answer = ask("IT-000001");
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->call().subject(), "subject of IT-000001");
}

TEST_F(connect_server_test, a_call_is_answered_in_json_with_the_field_names_of_the_schema) {
  const auto answer = talk(post(get_path, "application/json; charset=utf-8", R"({"call":"a\"b"})"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Type: application/json"), std::string::npos);
  EXPECT_NE(answer.find(R"("subject":"subject of a\"b")"), std::string::npos);
  EXPECT_NE(answer.find(R"("created_at":"7")"), std::string::npos);
}

TEST_F(connect_server_test, curl_can_call_a_method) {
  const auto out = run("curl -s --max-time 20 --unix-socket '" + path +
                       "' -H 'Content-Type: application/json' -d '{\"call\":\"IT-000007\"}' "
                       "http://localhost/postroom.admin.v1.CallsService/Get -w ' %{http_code}'");
  EXPECT_NE(out.find("subject of IT-000007"), std::string::npos) << out;
  EXPECT_NE(out.find(" 200"), std::string::npos) << out;
}

TEST_F(connect_server_test, an_error_of_a_method_arrives_as_it_was_given) {
  const auto answer = ask("missing");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.code(), ec::not_found);
  EXPECT_EQ(answer.error().detail, "no such call");
  const auto raw = talk(post(get_path, "application/json", R"({"call":"missing"})"));
  EXPECT_EQ(status_of(raw), 404);
  EXPECT_NE(raw.find(R"("code":"not_found")"), std::string::npos);
  EXPECT_NE(raw.find(R"("message":"no such call")"), std::string::npos);
}

TEST_F(connect_server_test, an_error_without_detail_brings_its_remedy) {
  EXPECT_EQ(ask("silent").error().detail, describe(ec::store_io).remedy);
}

TEST_F(connect_server_test, an_exception_becomes_internal_and_tells_nothing) {
  const auto answer = ask("throw");
  EXPECT_EQ(answer.code(), ec::internal);
  EXPECT_EQ(answer.error().detail.find("secret"), std::string::npos);
  EXPECT_TRUE(ask("IT-000001"));
}

TEST_F(connect_server_test, an_unknown_method_is_unimplemented) {
  const auto answer = connect_client{path}.call<GetCallResponse>(
      "postroom.admin.v1.CallsService/Guess", GetCallRequest{});
  EXPECT_EQ(answer.code(), ec::unsupported);
  const auto raw = talk(post("/postroom.admin.v1.CallsService/Guess", "application/json", "{}"));
  EXPECT_EQ(status_of(raw), 404);
  EXPECT_NE(raw.find(R"("code":"unimplemented")"), std::string::npos);
}

TEST_F(connect_server_test, only_post_is_taken) {
  for (const auto* method : {"GET", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const auto answer = talk(std::string{method} + " " + get_path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(status_of(answer), 405) << method;
    EXPECT_NE(answer.find("Allow: POST"), std::string::npos) << method;
  }
}

TEST_F(connect_server_test, only_the_two_content_types_are_taken) {
  for (const auto* type :
       {"text/plain", "", "application/grpc", "multipart/form-data; boundary=x"}) {
    const auto answer = talk(post(get_path, type, "{}"));
    EXPECT_EQ(status_of(answer), 415) << type;
    EXPECT_NE(answer.find("Accept-Post: application/proto, application/json"), std::string::npos)
        << type;
  }
}

TEST_F(connect_server_test, a_body_that_is_no_message_is_an_invalid_argument) {
  for (const auto& [type, body] :
       {std::pair{"application/json", "{\"call\":"},
        std::pair{"application/json", R"({"cal":"x"})"}, std::pair{"application/json", "[]"},
        std::pair{"application/proto", "\xff\xff"}}) {
    const auto answer = talk(post(get_path, type, body));
    EXPECT_EQ(status_of(answer), 400) << body;
    EXPECT_NE(answer.find(R"("code":"invalid_argument")"), std::string::npos) << body;
    EXPECT_NE(answer.find("GetCallRequest"), std::string::npos) << body;
  }
}

TEST_F(connect_server_test, what_is_no_http_is_refused_and_the_server_lives_on) {
  EXPECT_EQ(status_of(talk("HELO mail.example.org\r\n\r\n")), 400);
  EXPECT_EQ(status_of(talk("BREW / HTTP/1.1\r\n\r\n")), 400);
  { const auto silent = connect_unix(path, duration{1000}); }
  EXPECT_TRUE(ask("IT-000001"));
}

TEST_F(connect_server_test, an_answer_of_fifty_megabytes_arrives_whole) {
  GetRawRequest request;
  request.set_mail(50u << 20);
  const auto answer = connect_client{path}.call<GetRawResponse>(get_raw, request);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->raw().size(), 50u << 20);
}

TEST_F(connect_server_test, many_calls_at_once_are_all_answered) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        const auto name = std::to_string(i) + "-" + std::to_string(k);
        const auto answer = ask(name);
        if (answer && answer->call().subject() == "subject of " + name) ++good;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 320);
}

TEST_F(connect_server_test, a_second_server_on_the_same_socket_is_refused) {
  connect_server second{options()};
  const auto r = second.start();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.code(), ec::already_exists);
  second.stop();
  EXPECT_TRUE(ask("IT-000001"));
}

TEST_F(connect_server_test, a_stopped_server_is_gone_and_the_client_says_what_to_do) {
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto answer = ask("IT-000001");
  ASSERT_EQ(answer.code(), ec::unreachable);
  EXPECT_NE(answer.error().detail.find("Is `postroom serve` running?"), std::string::npos);
  EXPECT_NE(answer.error().detail.find(path), std::string::npos);
}

TEST_F(connect_server_test, a_stopped_server_can_start_again) {
  server.stop();
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(ask("IT-000001"));
}

TEST_F(server_test, stopping_waits_for_the_call_at_work_and_its_answer_arrives) {
  std::latch entered{1};
  std::latch leave{1};
  connect_server server{options()};
  server.add<GetCallRequest, GetCallResponse>(
      get, [&](const GetCallRequest&, const call_context&) -> result<GetCallResponse> {
        entered.count_down();
        leave.wait();
        return GetCallResponse{};
      });
  ASSERT_TRUE(server.start());
  auto answer = std::async(std::launch::async, [&] {
    return connect_client{path}.call<GetCallResponse>(get, GetCallRequest{}).ok();
  });
  entered.wait();
  auto stopped = std::async(std::launch::async, [&] { server.stop(); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds{50}), std::future_status::timeout);
  leave.count_down();
  stopped.get();
  EXPECT_TRUE(answer.get());
}

TEST_F(server_test, a_client_waits_no_longer_than_its_limit) {
  std::latch leave{1};  // outlives the call that waits for it
  connect_server server{options()};
  server.add<GetCallRequest, GetCallResponse>(
      get, [&](const GetCallRequest&, const call_context&) -> result<GetCallResponse> {
        leave.wait();
        return GetCallResponse{};
      });
  ASSERT_TRUE(server.start());
  const connect_client client{path, duration{100}};
  EXPECT_EQ(client.call<GetCallResponse>(get, GetCallRequest{}).code(), ec::timeout);
  leave.count_down();
}

TEST_F(server_test, a_server_that_hangs_up_is_a_lost_connection) {
  auto listener = unix_listener::open(path, "admin_socket");
  ASSERT_TRUE(listener);
  std::thread rude{[&] {
    pollfd p{listener->fd(), POLLIN, 0};
    ::poll(&p, 1, 10'000);
    ::close(::accept(listener->fd(), nullptr, nullptr));
  }};
  EXPECT_EQ(connect_client{path}.call<GetCallResponse>(get, GetCallRequest{}).code(),
            ec::connection_lost);
  rude.join();
}

}  // namespace postroom::api

#include "api/metrics_server.hpp"

#include <atomic>
#include <stdexcept>

#include "api/metrics_text.hpp"
#include "base/metrics.hpp"
#include "tests/api/fixture.hpp"

#include <netinet/in.h>

namespace postroom::api {
namespace {

std::string talk_to(uint16_t port, const std::string& bytes) {
  const unique_fd fd{::socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return "";
  send_all(fd.get(), bytes);
  return read_answer(fd.get());
}

std::string get(uint16_t port, const std::string& path) {
  return talk_to(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

metrics_options on_loopback() {
  metrics_options o;
  o.listen = "127.0.0.1:0";
  return o;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(metrics_text, counters_and_gauges_have_help_type_and_labels) {
  metrics::sample logged{
      "postroom_x_total", "How many", metrics::kind::counter, {{"outcome", "logged"}}, 3, {}, 0};
  metrics::sample strange{
      "postroom_x_total", "How many", metrics::kind::counter, {{"outcome", "a\"b\nc\\"}}, 4, {}, 0};
  metrics::sample gauge{"postroom_y", "Now", metrics::kind::gauge, {}, -2, {}, 0};
  const auto text = render_metrics({logged, strange, gauge});
  EXPECT_EQ(text,
            "# HELP postroom_x_total How many\n"
            "# TYPE postroom_x_total counter\n"
            "postroom_x_total{outcome=\"logged\"} 3\n"
            "postroom_x_total{outcome=\"a\\\"b\\nc\\\\\"} 4\n"
            "# HELP postroom_y Now\n"
            "# TYPE postroom_y gauge\n"
            "postroom_y -2\n");
}

TEST(metrics_text, histograms_are_cumulative_and_in_seconds) {
  metrics::histogram h;
  h.observe_us(400);
  h.observe_us(1'500);
  h.observe_us(90'000'000);
  metrics::sample s{"postroom_wait_seconds", "Wait", metrics::kind::histogram, {}, 0, {}, 90.0019};
  for (std::size_t i = 0; i < metrics::histogram::buckets; ++i) s.buckets.push_back(h.bucket(i));
  const auto text = render_metrics({s});
  EXPECT_TRUE(has(text, "# TYPE postroom_wait_seconds histogram\n"));
  EXPECT_TRUE(has(text, "postroom_wait_seconds_bucket{le=\"0.0005\"} 1\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_bucket{le=\"0.001\"} 1\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_bucket{le=\"0.002\"} 2\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_bucket{le=\"60\"} 2\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_bucket{le=\"+Inf\"} 3\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_count 3\n")) << text;
  EXPECT_TRUE(has(text, "postroom_wait_seconds_sum 90.0019")) << text;
}

TEST(metrics_server, shows_the_metrics_of_the_process_on_a_port_it_chose) {
  metrics::get_counter("postroom_test_seen_total", "Seen by the test", {{"who", "me"}}).add(5);
  metrics_server server{on_loopback(), [] { return health{}; }};
  const auto port = server.start();
  ASSERT_TRUE(port) << port.error().text();
  ASSERT_NE(*port, 0);
  const auto answer = get(*port, "/metrics");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(has(answer, "Content-Type: text/plain; version=0.0.4"));
  EXPECT_TRUE(has(answer, "postroom_test_seen_total{who=\"me\"} 5\n"));
}

TEST(metrics_server, healthz_is_200_with_an_empty_list_of_reasons) {
  metrics_server server{on_loopback(), [] { return health{}; }};
  const auto port = server.start();
  ASSERT_TRUE(port);
  const auto answer = get(*port, "/healthz");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(has(answer, R"("healthy":true)")) << answer;
  EXPECT_TRUE(has(answer, R"("reasons":[])")) << answer;
}

TEST(metrics_server, healthz_is_503_with_the_reasons) {
  metrics_server server{on_loopback(), [] {
                          return health{false, {"partition HR is stopped: \"disk\""}};
                        }};
  const auto port = server.start();
  ASSERT_TRUE(port);
  const auto answer = get(*port, "/healthz");
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_TRUE(has(answer, R"("partition HR is stopped: \"disk\"")")) << answer;
}

TEST(metrics_server, a_health_check_that_throws_is_unhealthy) {
  metrics_server server{on_loopback(), []() -> health { throw std::runtime_error("x"); }};
  const auto port = server.start();
  ASSERT_TRUE(port);
  EXPECT_EQ(status_of(get(*port, "/healthz")), 503);
}

TEST(metrics_server, other_paths_are_404_and_other_methods_405) {
  metrics_server server{on_loopback(), [] { return health{}; }};
  const auto port = server.start();
  ASSERT_TRUE(port);
  EXPECT_EQ(status_of(get(*port, "/")), 404);
  EXPECT_EQ(status_of(get(*port, "/metrics/../../etc/passwd")), 404);
  EXPECT_EQ(status_of(talk_to(*port, post("/metrics", "text/plain", "x"))), 405);
  EXPECT_EQ(
      status_of(talk_to(*port, "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
      200);
}

TEST(metrics_server, a_port_in_use_is_refused_by_the_name_of_the_setting) {
  metrics_server first{on_loopback(), [] { return health{}; }};
  const auto port = first.start();
  ASSERT_TRUE(port);
  auto o = on_loopback();
  o.listen = "127.0.0.1:" + std::to_string(*port);
  metrics_server second{o, [] { return health{}; }};
  const auto refused = second.start();
  ASSERT_EQ(refused.code(), ec::config_invalid);
  EXPECT_EQ(refused.error().detail.find("metrics_listen: cannot listen on 127.0.0.1:"), 0u);
  EXPECT_EQ(status_of(get(*port, "/healthz")), 200);
}

TEST(metrics_server, an_address_that_is_none_is_refused_by_the_name_of_the_setting) {
  auto o = on_loopback();
  o.listen = "nowhere";
  EXPECT_EQ((metrics_server{o, [] { return health{}; }}.start().code()), ec::config_invalid);
}

}  // namespace postroom::api

#include "app/channel_settings.hpp"
#include "tests/app/notified_node.hpp"

namespace postroom::app {
namespace {

using api::status_of;

struct graph_page : testing::Test {
  notified_node node;
  std::string post(const std::string& query, const std::string& body) {
    return node.ask(api::post(notified_node::path + query, "application/json", body));
  }
  static std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
};

TEST_F(graph_page, gives_the_token_of_a_validation_back_as_plain_text) {
  const auto answer = post("?validationToken=Validation%3A+a%2Bb", "");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Type: text/plain\r\n"), answer.npos);
  EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), answer.npos);
  EXPECT_EQ(body_of(answer), "Validation: a+b");
}

TEST_F(graph_page, shows_no_markup_of_others) {
  const auto answer = post("?validationToken=%3Cscript%3Ealert(1)%3C/script%3E", "");
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_EQ(body_of(answer), "");
}

TEST_F(graph_page, accepts_what_nobody_waits_for_like_what_is_true) {
  channels::event_loop loop;
  const auto state = node.notices->listen(loop, [](const auto&) {});
  const auto note = [](const std::string& s) {
    return R"({"value":[{"clientState":")" + s + R"("}]})";
  };
  const auto truth = post("", note(state));
  EXPECT_EQ(status_of(truth), 202);
  for (const auto& body : {note("forged"), std::string("garbage"), std::string{}})
    EXPECT_EQ(post("", body), truth) << body;
  node.notices->forget(state);
}

TEST_F(graph_page, takes_nothing_large_and_nothing_but_posts) {
  EXPECT_EQ(status_of(post("", std::string(channels::graph_notices::max_body + 1, ' '))), 413);
  EXPECT_EQ(status_of(node.ask("GET /graph/notifications HTTP/1.1\r\nHost: x\r\n\r\n")), 405);
}

/// A server as its partition has it, and what its channel is to do.
struct wish {
  config::v1::IncomingServer server;
  notice_access told{"https://desk.example.org/graph/notifications",
                     std::make_shared<channels::graph_notices>()};

  wish() {
    server.set_name("it");
    server.set_protocol("GRAPH");
    server.set_change_notifications(true);
  }
  [[nodiscard]] result<channels::inbound_settings> settings(bool trial = false) const {
    const auto resolve = [](const std::string&) -> result<std::string> { return std::string{}; };
    return inbound_settings_of(partition_id{"IT"}, server, resolve, {}, trial ? nullptr : &told);
  }
};

TEST(graph_settings, have_notifications_where_the_server_wants_them) {
  wish w;
  EXPECT_EQ(w.settings()->notification_url, w.told.url);
  EXPECT_EQ(w.settings()->notices, w.told.notices);
  w.server.set_change_notifications(false);
  EXPECT_TRUE(w.settings()->notification_url.empty());
  EXPECT_EQ(w.settings()->notices, nullptr);
}

TEST(graph_settings, say_what_to_do_when_graph_cannot_reach_the_node) {
  wish w;
  w.told = {};
  const auto got = w.settings();
  ASSERT_EQ(got.code(), ec::config_invalid);
  for (const char* word : {"change_notifications", "notification_url", "node.yaml", "admin_listen"})
    EXPECT_NE(got.error().detail.find(word), std::string::npos) << word;
}

TEST(graph_settings, of_a_trial_subscribe_to_nothing) {
  const auto got = wish{}.settings(true);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->notices, nullptr);
}

}  // namespace
}  // namespace postroom::app

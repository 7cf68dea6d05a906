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

}  // namespace
}  // namespace postroom::app

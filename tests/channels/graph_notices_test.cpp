#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/graph_notices.hpp"

namespace postroom::channels {
namespace {

std::string note(const std::string& state, const std::string& more = "") {
  return R"({"clientState":")" + state + R"(","changeType":"created")" + more + "}";
}
std::string notes(const std::string& some) {
  return R"({"value":[)" + some + "]}";
}

/// A registry, and one listener that keeps what it hears.
struct listening {
  event_loop loop;
  std::shared_ptr<graph_notices> all = std::make_shared<graph_notices>();
  std::vector<graph_news> heard;  ///< on the loop
  std::string state = all->listen(loop, [this](const graph_news& told) { heard.push_back(told); });

  ~listening() { all->forget(state); }
  /// What was heard up to now.
  std::vector<graph_news> so_far() {
    std::promise<std::vector<graph_news>> out;
    loop.post([&] { out.set_value(heard); });
    return out.get_future().get();
  }
};

TEST(graph_notices, reach_the_listener_whose_client_state_they_have) {
  listening one, other;
  EXPECT_EQ(one.state.size(), 32u) << "128 bits";
  EXPECT_NE(one.state, other.state);
  EXPECT_EQ(one.all->take(notes(note(one.state))), 1u);
  ASSERT_EQ(one.so_far().size(), 1u);
  EXPECT_TRUE(one.so_far()[0].changed);
  EXPECT_FALSE(one.so_far()[0].removed || one.so_far()[0].renew);
  EXPECT_NE(one.so_far()[0].heard_at, std::chrono::steady_clock::time_point{});
  EXPECT_TRUE(other.so_far().empty());
}

TEST(graph_notices, of_a_life_cycle_say_what_is_to_be_done) {
  struct row {
    const char* event;
    bool changed, renew, removed;
  };
  for (const auto& r : {row{"missed", true, false, false},
                        {"reauthorizationRequired", false, true, false},
                        {"subscriptionRemoved", false, false, true}}) {
    listening one;
    EXPECT_EQ(one.all->take(
                  notes(note(one.state, R"(,"lifecycleEvent":")" + std::string(r.event) + '"'))),
              1u);
    ASSERT_EQ(one.so_far().size(), 1u) << r.event;
    EXPECT_EQ(one.so_far()[0].changed, r.changed) << r.event;
    EXPECT_EQ(one.so_far()[0].renew, r.renew) << r.event;
    EXPECT_EQ(one.so_far()[0].removed, r.removed) << r.event;
  }
  listening one;
  one.all->take(notes(note(one.state, R"(,"lifecycleEvent":"somethingOfTheFuture")")));
  EXPECT_TRUE(one.so_far().empty());
}

TEST(graph_notices, that_come_together_are_told_together) {
  listening one;
  std::promise<void> go_on;
  one.loop.post([until = go_on.get_future().share()] { until.wait(); });
  std::string many = note("nobody");
  for (int i = 0; i < 500; ++i) many += "," + note(one.state);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(one.all->take(notes(many)), 500u);
  go_on.set_value();
  EXPECT_EQ(one.so_far().size(), 1u) << "at most one run waits on the loop";
  one.all->take(notes(note(one.state)));
  EXPECT_EQ(one.so_far().size(), 2u);
}

TEST(graph_notices, with_a_wrong_client_state_reach_nobody) {
  listening one;
  auto almost = one.state;
  almost.back() = almost.back() == '0' ? '1' : '0';
  for (const auto& state : {std::string{}, std::string("0"), almost, one.state.substr(1),
                            one.state + "0", std::string(100'000, 'a')})
    EXPECT_EQ(one.all->take(notes(note(state))), 0u) << state.size();
  EXPECT_TRUE(one.so_far().empty());
}

TEST(graph_notices, that_are_none_reach_nobody) {
  listening one;
  const auto deep = std::string(100'000, '[');
  const auto good = notes(note(one.state));
  for (const auto& body :
       {std::string{}, std::string("null"), std::string("\"value\""), std::string("[]"),
        std::string(R"({"value":7})"), std::string(R"({"value":[1,null,[],{"clientState":5}]})"),
        std::string(R"({"value":{"a":"b"}})"), good.substr(0, good.size() - 1), deep,
        R"({"value":)" + deep, std::string("\xff\xfe{}"),
        notes(note(one.state) + std::string(graph_notices::max_body, ' '))})
    EXPECT_EQ(one.all->take(body), 0u) << body.size();
  EXPECT_TRUE(one.so_far().empty());
}

TEST(graph_notices, reach_nobody_who_is_gone) {
  listening one;
  one.all->take(notes(note(one.state)));
  one.all->forget(one.state);
  EXPECT_EQ(one.all->take(notes(note(one.state))), 0u);
  EXPECT_LE(one.so_far().size(), 1u);
}

TEST(graph_notices, have_room_for_so_many_listeners) {
  event_loop loop;
  const auto all = std::make_shared<graph_notices>();
  for (std::size_t i = 0; i < graph_notices::max_listeners; ++i)
    ASSERT_FALSE(all->listen(loop, [](const graph_news&) {}).empty());
  EXPECT_TRUE(all->listen(loop, [](const graph_news&) {}).empty());
}

TEST(graph_notices, give_the_token_of_a_validation_back_as_it_was) {
  const auto answer = [](const std::string& query) {
    return graph_notices::validation_answer(query).value_or("none");
  };
  EXPECT_EQ(answer("validationToken=Validation%3a+Testing+client%2Bx%20y"),
            "Validation: Testing client+x y");
  EXPECT_EQ(answer("a=b&validationToken=t&c=d"), "t");
  EXPECT_EQ(answer(""), "none");
  EXPECT_EQ(answer("xvalidationToken=t"), "none");
  EXPECT_EQ(answer("a=validationToken=t&&"), "none");
  // Empty: to be refused.
  EXPECT_EQ(answer("validationToken="), "");
  EXPECT_EQ(answer("validationToken=%3Cscript%3E"), "");
  EXPECT_EQ(answer("validationToken=a%0d%0ab"), "");
  EXPECT_EQ(answer("validationToken=%ff"), "");
  EXPECT_EQ(answer("validationToken=" + std::string(2'048, 'a')), std::string(2'048, 'a'));
  EXPECT_EQ(answer("validationToken=" + std::string(2'049, 'a')), "");
  EXPECT_EQ(answer("validationToken=" + std::string(100'000, 'a')), "");
}

}  // namespace
}  // namespace postroom::channels

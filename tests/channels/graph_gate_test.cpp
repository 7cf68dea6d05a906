#include "channels/graph_gate.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"

namespace postroom::channels {
namespace {

/// Takes its turn at a gate for one request after the other, and ends each when it is told to.
class gate_user final : public graph_gate::user {
 public:
  gate_user(graph_gate& gate, std::string name, unsigned weight, unsigned limit, std::string& turns)
      : gate_(gate), name_(std::move(name)), weight_(weight), limit_(limit), turns_(turns) {}
  void on_room() override {
    while (left_ > 0 && gate_.enter(*this, weight_, 1, limit_)) {
      --left_;
      ++running_;
      turns_ += name_;
    }
  }
  void ask(unsigned requests) {
    left_ += requests;
    on_room();
  }
  void end_one() {
    if (running_ == 0) return;
    --running_;
    gate_.leave(weight_);
  }
  void give_up() {
    left_ = 0;
    gate_.step_out(*this);
  }

 private:
  graph_gate& gate_;
  std::string name_;
  unsigned weight_, limit_;
  std::string& turns_;
  unsigned left_ = 0, running_ = 0;
};

/// A gate, and who takes turns there by name.
class gate_line {
 public:
  void add(const std::string& name, unsigned weight, unsigned limit) {
    users_.push_back(std::make_unique<gate_user>(*gate_, name, weight, limit, turns_));
  }
  void on_loop(const std::function<void()>& fn) {
    std::promise<void> ended;
    loop_.post([&] {
      fn();
      // Behind whatever the gate has put off.
      loop_.after(duration{1}, [&] { ended.set_value(); });
    });
    ended.get_future().wait();
  }
  void ask(std::size_t who, unsigned requests) {
    on_loop([&] { users_[who]->ask(requests); });
  }
  void end_one(std::size_t who) {
    on_loop([&] { users_[who]->end_one(); });
  }
  void give_up(std::size_t who) {
    on_loop([&] { users_[who]->give_up(); });
  }
  [[nodiscard]] const std::string& turns() const { return turns_; }

 private:
  event_loop loop_;
  std::shared_ptr<graph_gate> gate_ = std::make_shared<graph_gate>(loop_);
  std::string turns_;
  std::vector<std::unique_ptr<gate_user>> users_;
};

TEST(graph_gate, keeps_places_for_the_first_in_line) {
  gate_line line;
  line.add("a", 1, 4);
  line.add("B", 4, 4);  // a batch
  line.ask(0, 10);
  line.ask(1, 1);
  EXPECT_EQ(line.turns(), "aaaa");
  for (int i = 0; i < 4; ++i) line.end_one(0);
  EXPECT_EQ(line.turns(), "aaaaa") << "who stood in line before the batch had one more turn";
  line.end_one(0);
  EXPECT_EQ(line.turns(), "aaaaaB");
  line.end_one(1);
  EXPECT_EQ(line.turns(), "aaaaaBaaaa");
}

TEST(graph_gate, serves_who_waits_by_turns) {
  gate_line line;
  line.add("a", 1, 4);
  line.add("b", 1, 1);  // never beside others
  line.ask(0, 8);
  line.ask(1, 2);
  for (int i = 0; i < 20; ++i) line.end_one(i % 2);
  EXPECT_EQ(line.turns().size(), 10u);
  EXPECT_LE(line.turns().find('b'), 5u) << line.turns();
  EXPECT_LT(line.turns().find_last_of('b'), line.turns().find_last_of('a')) << line.turns();
}

TEST(graph_gate, lets_the_next_in_when_the_first_in_line_goes) {
  gate_line line;
  line.add("a", 1, 4);
  line.add("B", 4, 4);
  line.add("c", 1, 4);
  line.ask(0, 1);
  line.ask(1, 1);
  line.ask(2, 1);
  EXPECT_EQ(line.turns(), "a");
  line.give_up(1);
  EXPECT_EQ(line.turns(), "ac");
}

TEST(graph_gate, leaves_room_for_what_the_service_allows_in_ten_minutes) {
  event_loop loop;
  std::promise<std::pair<bool, bool>> told;
  loop.post([&] {
    const auto gate = std::make_shared<graph_gate>(loop);
    std::string turns;
    gate_user user(*gate, "a", 1, graph_gate::most_requests, turns);
    user.ask(graph_gate::most_requests - 20);
    const bool before = gate->pause_left() > std::chrono::seconds(0);
    gate->enter(user, 4, 20, graph_gate::most_requests);  // a batch
    told.set_value({before, gate->pause_left() > std::chrono::minutes(9)});
  });
  EXPECT_EQ(told.get_future().get(), (std::pair{false, true}));
}

}  // namespace
}  // namespace postroom::channels

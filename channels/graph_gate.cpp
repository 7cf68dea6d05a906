#include "channels/graph_gate.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "base/backoff.hpp"
#include "channels/event_loop.hpp"

namespace postroom::channels {
namespace {

/// For refusals that do not say how long to wait.
constexpr backoff_policy own_pause{duration{500}, duration{60'000}};

/// So finely are requests counted by time.
constexpr std::chrono::seconds span{10};

struct registry {
  std::mutex mutex;
  std::map<std::pair<const event_loop*, std::string>, std::weak_ptr<graph_gate>> gates;
  std::size_t tidy_at = 256;
};

registry& all_gates() {
  static registry gates;
  return gates;
}

}  // namespace

std::shared_ptr<graph_gate> graph_gate::of(event_loop& loop, const std::string& who) {
  auto& all = all_gates();
  const std::lock_guard lock(all.mutex);
  if (all.gates.size() >= all.tidy_at) {
    std::erase_if(all.gates, [](const auto& entry) { return entry.second.expired(); });
    all.tidy_at = std::max<std::size_t>(256, 2 * all.gates.size());
  }
  auto& known = all.gates[{&loop, who}];
  auto gate = known.lock();
  if (!gate) known = gate = std::make_shared<graph_gate>(loop);
  return gate;
}

bool graph_gate::enter(user& who, unsigned weight, unsigned requests, unsigned limit) {
  const bool first = line_.empty() || line_.front() == &who;
  if (!first || (running_ != 0 && running_ + weight > limit)) {
    if (std::ranges::find(line_, &who) == line_.end()) line_.push_back(&who);
    return false;
  }
  step_out(who);
  running_ += weight;
  count(requests);
  return true;
}

void graph_gate::leave(unsigned weight) {
  running_ -= weight;
  serve_soon();
}

void graph_gate::step_out(user& who) {
  if (std::erase(line_, &who) != 0) serve_soon();
}

/// Whoever leaves or steps out may stand in one of his own methods.
void graph_gate::serve_soon() {
  if (line_.empty() || std::exchange(serving_soon_, true)) return;
  loop_.after(duration{0}, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->serving_soon_ = false;
    self->serve();
  });
}

/// Ends with the first for whom there is no room yet.
void graph_gate::serve() {
  while (!line_.empty()) {
    auto* const first = line_.front();
    first->on_room();
    if (!line_.empty() && line_.front() == first) return;
  }
}

void graph_gate::count(unsigned requests) {
  const auto now = clock::now();
  while (!recent_.empty() && recent_.front().begin + span + counted_time <= now) {
    recent_requests_ -= recent_.front().requests;
    recent_.pop_front();
  }
  if (recent_.empty() || recent_.back().begin + span <= now) {
    recent_.push_back({now, 0});
    // A busy mailbox is remembered when its channel is made anew.
    if (recent_requests_ > most_requests / 5) hold(span + counted_time);
  }
  recent_.back().requests += requests;
  recent_requests_ += requests;
  if (recent_requests_ < most_requests) return;
  // Until so many have gone by that there is room again: the oldest span, at least.
  until_ = std::max(until_, recent_.front().begin + span + counted_time);
  hold(pause_left());
}

/// Outlives the channels, but not the loop.
void graph_gate::hold(clock::duration how_long) {
  loop_.after(std::chrono::ceil<duration>(how_long), [held = shared_from_this()] {});
}

graph_gate::clock::duration graph_gate::pause_left() const {
  return std::max(until_ - clock::now(), clock::duration::zero());
}

void graph_gate::pause(std::optional<duration> wait) {
  ++strikes_;
  const auto how_long = wait ? *wait : backoff_delay(own_pause, strikes_, system_random);
  // A clock of milliseconds on either side may round: one more keeps us on the safe one.
  until_ = std::max(until_, clock::now() + how_long + duration{1});
  hold(pause_left());
}

}  // namespace postroom::channels

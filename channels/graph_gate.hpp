#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace postroom::channels {

class event_loop;

/// What Graph allows us at one mailbox, whichever of our channels asks: it counts requests per
/// registration and mailbox. A pause the service asked for outlives the channel that heard of it.
/// Loop thread only, but for `of`.
class graph_gate : public std::enable_shared_from_this<graph_gate> {
 public:
  using clock = std::chrono::steady_clock;

  class user {
   public:
    /// Its turn has come, or may have: time to `enter`.
    virtual void on_room() = 0;

   protected:
    ~user() = default;
  };

  /// The gate of this mailbox. `who` tells mailboxes of one service apart. Any thread.
  static std::shared_ptr<graph_gate> of(event_loop& loop, const std::string& who);

  explicit graph_gate(event_loop& loop) : loop_(loop) {}

  /// Of the 10,000 requests that Graph allows in 10 minutes; the rest is for clocks that differ.
  static constexpr unsigned most_requests = 9'900;
  static constexpr std::chrono::minutes counted_time{10};

  /// Whether `weight` requests of this user begin now, with at most `limit` of all at a time. If
  /// not, it stands in line and is told when it is its turn, which is over with one `enter`: users
  /// go in order, and who needs many places gets them, as nobody goes past it. `count`: what the
  /// service counts, more than `weight` for a large batch.
  bool enter(user& who, unsigned weight, unsigned count, unsigned limit);
  void leave(unsigned weight);
  /// It waits for nothing any more. Idempotent.
  void step_out(user& who);

  /// How long the service is to be left alone yet: because it said so, or because it would.
  [[nodiscard]] clock::duration pause_left() const;
  /// The service said no for now; `wait` nothing: our own growing pause.
  void pause(std::optional<duration> wait);
  void succeeded() { strikes_ = 0; }

 private:
  void hold(clock::duration how_long);
  void count(unsigned requests);
  void serve_soon();
  void serve();

  event_loop& loop_;
  std::deque<user*> line_;  ///< who waits for room, the first in front
  bool serving_soon_ = false;
  unsigned running_ = 0;
  /// Requests of the last ten minutes in spans of `span`, the newest last.
  struct span_count {
    clock::time_point begin;
    unsigned requests;
  };
  std::deque<span_count> recent_;
  unsigned recent_requests_ = 0;
  unsigned strikes_ = 0;  ///< refusals in a row
  clock::time_point until_{};
};

}  // namespace postroom::channels

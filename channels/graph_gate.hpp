#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
    /// There may be room again.
    virtual void on_room() = 0;

   protected:
    ~user() = default;
  };

  /// The gate of this mailbox. `who` tells mailboxes of one service apart. Any thread.
  static std::shared_ptr<graph_gate> of(event_loop& loop, const std::string& who);

  explicit graph_gate(event_loop& loop) : loop_(loop) {}

  void add(user& who) { users_.push_back(&who); }
  void remove(user& who);

  /// Of the 10,000 requests that Graph allows in 10 minutes; the rest is for clocks that differ.
  static constexpr unsigned most_requests = 9'900;
  static constexpr std::chrono::minutes counted_time{10};

  /// Whether `weight` requests may begin now, with at most `limit` of all at a time.
  [[nodiscard]] bool has_room(unsigned weight, unsigned limit) const;
  /// `count`: what the service counts, more than `weight` for a large batch.
  void enter(unsigned weight, unsigned count);
  void leave(unsigned weight);

  /// How long the service is to be left alone yet: because it said so, or because it would.
  [[nodiscard]] clock::duration pause_left() const;
  /// The service said no for now; `wait` nothing: our own growing pause.
  void pause(std::optional<duration> wait);
  void succeeded() { strikes_ = 0; }

 private:
  void hold(clock::duration how_long);

  event_loop& loop_;
  std::vector<user*> users_;
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

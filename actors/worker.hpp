#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include "actors/interfaces.hpp"
#include "base/bounded_pool.hpp"
#include "base/result.hpp"

namespace postroom::actors {

/// How a foreign thread (pool, event loop) gives work back to an actor. Does not keep the actor
/// alive: what comes too late is dropped, with all it holds.
class return_address {
 public:
  explicit return_address(caf::actor_control_block* to) : to_(to) {}
  /// Runs `fn` as a handler of the actor, unless it is gone. Any thread.
  void deliver(std::function<void()> fn) const;

 private:
  caf::weak_actor_ptr to_;
};

/// Counts instead of dying: by default one stray error reply ends an actor (docs/known-issues.md).
void count_stray_error(const caf::error& e, const char* actor);
void count_unexpected_message(const char* actor);

/// First thing in every make_behavior.
template <class Self>
void harden(Self* self) {
  self->set_error_handler([self](caf::error& e) { count_stray_error(e, self->name()); });
  self->set_default_handler(
      [self](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
        count_unexpected_message(self->name());
        return caf::message{};
      });
}

inline completion make_completion(std::function<void()> fn) {
  return completion{std::make_shared<std::function<void()>>(std::move(fn))};
}

template <class Self>
return_address address_of(Self* self) {
  return return_address{self->ctrl()};
}

/// Runs `fn` as a handler of this actor after `delay`.
template <class Self>
void later(Self* self, duration delay, std::function<void()> fn) {
  self->delayed_send(self, delay, make_completion(std::move(fn)));
}

/// Runs `job` (returning result<T>) on the pool and `then(result<T>)` as a handler of this actor. A
/// full pool is tried again: an actor never has more than a handful of jobs out, so nothing piles
/// up. An exception of the job becomes ec::internal.
template <class Self, class Job, class Then>
void offload(Self* self, executor& pool, Job job, Then then) {
  using answer = decltype(job());
  auto shared_job = std::make_shared<Job>(std::move(job));
  auto shared_then = std::make_shared<Then>(std::move(then));
  auto accepted = pool.try_submit([back = address_of(self), shared_job, shared_then] {
    auto got = std::make_shared<answer>(fail(ec::internal));
    try {
      *got = (*shared_job)();
    } catch (const std::exception& e) {
      *got = fail(ec::internal, std::string{"exception in a pool job: "} + e.what());
    }
    back.deliver([got, shared_then] { (*shared_then)(std::move(*got)); });
  });
  if (!accepted)
    later(self, duration{50}, [self, &pool, shared_job, shared_then] {
      offload(self, pool, std::move(*shared_job), std::move(*shared_then));
    });
}

}  // namespace postroom::actors

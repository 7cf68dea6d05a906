#pragma once

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"
#include "actors/system.hpp"
#include "tests/actors/fake_channels.hpp"
#include "tests/actors/world.hpp"

namespace postroom::actors::test {

/// Whether and why an actor died.
struct death {
  bool dead = false;
  error reason{ec::none, {}};
  bool in_peace = false;  ///< user_shutdown
};

/// What a request was answered.
template <class Out>
struct answer {
  std::optional<Out> value;
  error failed{ec::none, {}};
  [[nodiscard]] bool pending() const { return !value && failed.code == ec::none; }
};

/// The world with an actor system in virtual time. Nothing runs but inside run() and advance().
class actor_world : public world {
 public:
  actor_world() {
    boss = spawn_watched([](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
  }
  /// Every test ends here: what it started and did not stop is told to quit.
  ~actor_world() { stop_all(); }

  void run() {
    while (sched().try_run_once()) {
    }
  }
  /// In steps, so that whatever a timer starts gets its own time.
  void advance(duration d, duration step = duration{10}) {
    run();
    for (duration done{0}; done < d; done += step) {
      now += step;
      sched().advance_time(step);
      run();
    }
  }
  void advance_minutes(int n) { advance(duration{60'000 * n}, duration{100}); }

  template <class Handle>
  std::shared_ptr<death> watch(const Handle& handle) {
    auto out = std::make_shared<death>();
    auto whom = handle.address();
    spawn_watched([out, whom](caf::event_based_actor* self) {
      self->monitor(whom);
      self->set_down_handler([out, self](caf::down_msg& msg) {
        out->dead = true;
        out->reason = from_caf(msg.reason);
        out->in_peace = msg.reason == caf::exit_reason::user_shutdown;
        self->quit();
      });
      return caf::behavior{[](int) {}};
    });
    run();
    return out;
  }
  /// Asks and lets everything run that can run now.
  template <class Out, class Handle, class In>
  std::shared_ptr<answer<Out>> ask(const Handle& whom, In question) {
    auto out = std::make_shared<answer<Out>>();
    adopt(sys.spawn([out, whom, question](caf::event_based_actor* self) {
      self->request(whom, std::chrono::minutes{6000}, question)
          .then([out](Out& got) { out->value = std::move(got); },
                [out](caf::error& e) { out->failed = from_caf(e); });
    }));
    run();
    return out;
  }
  template <class Handle>
  void drain_now(const Handle& handle) {
    caf::anon_send<caf::message_priority::high>(handle, drain_v);
    run();
  }
  /// To be told to quit at the end of the test.
  template <class Handle>
  Handle adopt(Handle handle) {
    to_stop_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }
  void stop_all() {
    store_pool.full = parse_pool.full = false;
    store_pool.held = parse_pool.held = false;
    for (auto& a : to_stop_) caf::anon_send_exit(a, caf::exit_reason::kill);
    to_stop_.clear();
    run();
    store_pool.jobs.clear();
    parse_pool.jobs.clear();
    run();
  }

  caf::scheduler::test_coordinator& sched() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  }

  system_config cfg = system_config::deterministic();
  caf::actor_system sys{cfg};
  caf::actor boss;  ///< plays whoever owns the actor under test

 private:
  template <class F>
  caf::actor spawn_watched(F f) {
    return adopt(sys.spawn(std::move(f)));
  }
  std::vector<caf::actor> to_stop_;
};

}  // namespace postroom::actors::test

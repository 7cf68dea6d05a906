#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::channels {

/// What ends a call that the end of the loop cuts short.
inline error loop_stops() {
  return fail(ec::cancelled, "Postroom is stopping");
}

/// One thread that does all network work of the process: libcurl's transfers by the multi-socket
/// interface, and the sockets that channels took over after libcurl signed in. Nothing on it may
/// block.
class event_loop {
 public:
  event_loop();
  /// Cancels everything and joins the thread.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Runs `fn` soon on the loop thread. Any thread. False once the loop is stopping; then `fn` is
  /// dropped.
  bool post(std::function<void()> fn);
  [[nodiscard]] bool on_loop_thread() const;

  /// Runs `fn` on the loop thread after `delay`; loop thread only. The id is never 0.
  uint64_t after(duration delay, std::function<void()> fn);
  void cancel(uint64_t timer);

  struct impl;
  [[nodiscard]] impl& internals() { return *x_; }

 private:
  std::unique_ptr<impl> x_;
};

}  // namespace postroom::channels

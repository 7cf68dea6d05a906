#pragma once

// For channels/*.cpp only: includes libcurl.
#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "channels/curl_transfers.hpp"
#include "channels/event_loop.hpp"
#include "channels/timer_queue.hpp"

namespace postroom::channels {

/// What the rooms' own files may use of the loop. Everything here: loop thread only, unless it says
/// otherwise.
struct event_loop::impl {
  using fd_fn = std::function<void(uint32_t events)>;

  impl();
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  /// Runs `fn` with the epoll events of `fd`, level-triggered, until `unwatch`. Watching again
  /// replaces both.
  void watch(int fd, uint32_t events, fd_fn fn);
  void unwatch(int fd);

  /// libcurl's transfers: start, drop, the shared TLS session cache.
  curl_transfers& transfers() { return *transfers_; }

  /// Runs `fn` once when the loop stops, unless forgotten before; for what must still answer its
  /// callers then.
  uint64_t on_stop(std::function<void()> fn);
  void forget_stop(uint64_t id);

  /// One read buffer for everybody: so a connection at rest owns none. Valid until the current
  /// event was handled.
  std::span<char> scratch() { return scratch_; }

  bool post(std::function<void()> fn);  ///< any thread
  [[nodiscard]] bool on_loop_thread() const {
    return std::this_thread::get_id() == thread_id_.load();
  }
  timer_queue& timers() { return timers_; }

 private:
  struct watched {
    uint32_t generation = 0;
    std::shared_ptr<fd_fn> fn;
  };

  void run();
  void handle_events();
  bool run_posts();
  void finish();

  int epoll_ = -1;
  int wakeup_ = -1;
  uint32_t generation_ = 0;
  std::unordered_map<int, watched> watched_;
  timer_queue timers_;
  std::vector<char> scratch_;
  std::map<uint64_t, std::function<void()>> stop_hooks_;
  uint64_t last_hook_ = 0;
  std::unique_ptr<curl_transfers> transfers_;

  std::mutex mutex_;  ///< guards the two below
  std::vector<std::function<void()>> posts_;
  bool stopping_ = false;
  std::atomic<std::thread::id> thread_id_;
  std::thread thread_;
};

}  // namespace postroom::channels

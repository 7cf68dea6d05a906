#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "api/http_types.hpp"
#include "base/bounded_pool.hpp"

namespace postroom::api {

struct http_finished {
  uint64_t connection;
  http_response response;
};

/// The threads on which handlers run, and the answers on their way back to the connections.
class http_workers {
 public:
  /// `buffered` counts bodies of all connections; `wake` is called, on any thread, when there is
  /// something to take. All must outlive this.
  http_workers(const http_handler& handler, const http_limits& limits,
               std::atomic<std::size_t>& buffered, std::function<void()> wake);

  /// False: no place in the queue.
  bool submit(uint64_t connection, http_request request);
  /// Bodies of what is taken are still part of `buffered`; the taker subtracts them.
  std::vector<http_finished> take();
  /// From now on requests that wait for a thread are answered 503.
  void hurry() { hurry_ = true; }
  /// Waits for the handlers at work. Idempotent.
  void stop() { pool_.stop(); }

 private:
  http_response respond(http_request& request) const;

  const http_handler& handler_;
  const http_limits& limits_;
  std::atomic<std::size_t>& buffered_;
  const std::function<void()> wake_;
  std::atomic<bool> hurry_{false};
  std::mutex mutex_;
  std::vector<http_finished> done_;
  bounded_pool pool_;
};

}  // namespace postroom::api

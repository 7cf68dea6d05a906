#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace postroom {

/// Where blocking work goes, off the actor scheduler. A port, so that actor tests run jobs inline.
class executor {
 public:
  virtual ~executor() = default;
  /// Runs `job` once, on another thread, or refuses at once (false) when the queue is full or
  /// stopping. Never blocks.
  [[nodiscard]] virtual bool try_submit(std::function<void()> job) = 0;
};

/// A fixed number of threads behind one bounded queue. A job that throws ends the process: jobs
/// catch their own.
class bounded_pool final : public executor {
 public:
  bounded_pool(std::string name, std::size_t threads, std::size_t max_queued);
  /// Runs what is queued, then joins.
  ~bounded_pool() override;
  [[nodiscard]] bool try_submit(std::function<void()> job) override;
  [[nodiscard]] std::size_t queued() const;
  /// Refuses new jobs, finishes the queued ones, joins. Idempotent.
  void stop();

 private:
  struct impl;
  std::unique_ptr<impl> x_;
};

/// Runs every job in the caller; for tests and single-threaded tools.
class inline_executor final : public executor {
 public:
  [[nodiscard]] bool try_submit(std::function<void()> job) override {
    job();
    return true;
  }
};

}  // namespace postroom

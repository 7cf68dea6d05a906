#include "base/bounded_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace postroom {

struct bounded_pool::impl {
  std::size_t max_queued;
  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  bool stopping = false;
  std::vector<std::thread> threads;

  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock{mutex};
        wake.wait(lock, [this] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      job();
    }
  }
};

bounded_pool::bounded_pool(std::string name, std::size_t threads, std::size_t max_queued)
    : x_(std::make_unique<impl>()) {
  x_->max_queued = max_queued;
  name.resize(std::min<std::size_t>(name.size(), 15));  // the kernel's limit for a thread name
  for (std::size_t i = 0; i < threads; ++i) {
    x_->threads.emplace_back([this] { x_->work(); });
    pthread_setname_np(x_->threads.back().native_handle(), name.c_str());
  }
}

bounded_pool::~bounded_pool() {
  stop();
}

bool bounded_pool::try_submit(std::function<void()> job) {
  {
    std::lock_guard lock{x_->mutex};
    if (x_->stopping || x_->queue.size() >= x_->max_queued) return false;
    x_->queue.push_back(std::move(job));
  }
  x_->wake.notify_one();
  return true;
}

std::size_t bounded_pool::queued() const {
  std::lock_guard lock{x_->mutex};
  return x_->queue.size();
}

void bounded_pool::stop() {
  {
    std::lock_guard lock{x_->mutex};
    x_->stopping = true;
  }
  x_->wake.notify_all();
  for (auto& thread : x_->threads)
    if (thread.joinable()) thread.join();
}

}  // namespace postroom

#include "api/http_workers.hpp"

#include <memory>
#include <utility>

#include "base/log.hpp"

namespace postroom::api {

http_workers::http_workers(const http_handler& handler, const http_limits& limits,
                           std::atomic<std::size_t>& buffered, std::function<void()> wake)
    : handler_(handler),
      limits_(limits),
      buffered_(buffered),
      wake_(std::move(wake)),
      pool_(limits.name, limits.threads, limits.queued) {}

bool http_workers::submit(uint64_t connection, http_request request) {
  auto shared = std::make_shared<http_request>(std::move(request));
  return pool_.try_submit([this, connection, shared] {
    auto response = respond(*shared);
    buffered_ += response.body.capacity();
    {
      const std::lock_guard lock{mutex_};
      done_.push_back({connection, std::move(response)});
    }
    wake_();
  });
}

http_response http_workers::respond(http_request& request) const {
  // Answers count as well: clients that do not take theirs keep others from making more.
  if (hurry_ || buffered_ > limits_.max_buffered) return handler_.problem(503);
  try {
    return handler_.answer(request);
  } catch (const std::exception& e) {
    log::error("http_handler_threw", {{"listener", limits_.name}, {"what", e.what()}});
    return handler_.problem(500);
  }
}

std::vector<http_finished> http_workers::take() {
  const std::lock_guard lock{mutex_};
  return std::exchange(done_, {});
}

}  // namespace postroom::api

#include "api/epoll_set.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace postroom::api {

epoll_set::epoll_set(uint64_t wake_id)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  add(waker_.get(), wake_id, EPOLLIN);
}

void epoll_set::control(int operation, int fd, uint64_t id, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  ::epoll_ctl(epoll_.get(), operation, fd, &event);
}

std::span<const epoll_event> epoll_set::wait(int ms) {
  const int n = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), ms);
  return {events_.data(), static_cast<std::size_t>(std::max(n, 0))};
}

void epoll_set::wake() const {
  const uint64_t one = 1;
  while (::write(waker_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void epoll_set::rest() const {
  uint64_t count = 0;
  while (::read(waker_.get(), &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace postroom::api

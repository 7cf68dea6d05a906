#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "api/sockets.hpp"

namespace postroom::api {

/// The descriptors a thread waits for, level-triggered, each under a number of its owner's.
class epoll_set {
 public:
  /// `wake_id` is the number under which wake() shows.
  explicit epoll_set(uint64_t wake_id);
  void add(int fd, uint64_t id, uint32_t events) { control(EPOLL_CTL_ADD, fd, id, events); }
  void change(int fd, uint64_t id, uint32_t events) { control(EPOLL_CTL_MOD, fd, id, events); }
  void remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }
  /// Until something happens or `ms` have passed; -1: no limit. Valid until the next wait().
  std::span<const epoll_event> wait(int ms);
  /// Ends a wait(), this one or the next. Any thread.
  void wake() const;
  /// After the event of wake().
  void rest() const;

 private:
  void control(int operation, int fd, uint64_t id, uint32_t events);

  unique_fd epoll_, waker_;
  std::array<epoll_event, 64> events_{};
};

}  // namespace postroom::api

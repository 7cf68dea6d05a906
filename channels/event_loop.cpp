#include "channels/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>

#include "channels/event_loop_internals.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t scratch_bytes = 64u << 10;

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

void init_curl_once() {
  static const CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (rc != CURLE_OK) throw std::runtime_error("libcurl does not start");
}

}  // namespace

event_loop::impl::impl() : scratch_(scratch_bytes) {
  init_curl_once();
  epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  wakeup_ = checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
  watch(wakeup_, EPOLLIN, [this](uint32_t) {
    uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(wakeup_, &count, sizeof count);
  });
  transfers_ = std::make_unique<curl_transfers>(*this);
  thread_ = std::thread([this] { run(); });
}

event_loop::impl::~impl() {
  post([this] {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  });
  thread_.join();
  close(wakeup_);
  close(epoll_);
}

void event_loop::impl::watch(int fd, uint32_t events, fd_fn fn) {
  const bool known = watched_.contains(fd);
  auto& w = watched_[fd];
  w.generation = ++generation_;
  w.fn = std::make_shared<fd_fn>(std::move(fn));
  epoll_event e{};
  e.events = events;
  e.data.u64 = uint64_t{w.generation} << 32 | static_cast<uint32_t>(fd);
  if (epoll_ctl(epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) == 0) return;
  // The number may have been closed and used again without our hearing of it.
  if (errno == ENOENT) checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
  if (errno == EEXIST) checked(epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &e), "epoll_ctl");
}

void event_loop::impl::unwatch(int fd) {
  if (watched_.erase(fd) == 0) return;
  epoll_event none{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &none);  // fails when the socket is closed already: as good
}

uint64_t event_loop::impl::on_stop(std::function<void()> fn) {
  stop_hooks_.emplace(++last_hook_, std::move(fn));
  return last_hook_;
}

void event_loop::impl::forget_stop(uint64_t id) {
  stop_hooks_.erase(id);
}

bool event_loop::impl::post(std::function<void()> fn) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  posts_.push_back(std::move(fn));
  if (posts_.size() > 1) return true;  // the wake-up is on its way
  const uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(wakeup_, &one, sizeof one);
  return true;
}

void event_loop::impl::run() {
  thread_id_ = std::this_thread::get_id();
  while (true) {
    handle_events();
    const bool stopping = run_posts();
    if (stopping) break;
    timers_.run_due();
  }
  finish();
}

void event_loop::impl::handle_events() {
  std::array<epoll_event, 256> events{};
  const int n =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timers_.wait_ms());
  for (int i = 0; i < n; ++i) {
    const auto& e = events[static_cast<std::size_t>(i)];
    const auto found = watched_.find(static_cast<int>(e.data.u64 & 0xffffffff));
    // An earlier handler of this round may have closed the socket, and its number may name a new
    // one by now.
    if (found == watched_.end() || found->second.generation != e.data.u64 >> 32) continue;
    const auto fn = found->second.fn;
    (*fn)(e.events);
  }
}

bool event_loop::impl::run_posts() {
  std::vector<std::function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posts_);
  }
  for (auto& fn : batch) fn();
  batch.clear();
  const std::lock_guard lock(mutex_);
  // What was posted before the stop still runs, in a further round.
  return stopping_ && posts_.empty();
}

void event_loop::impl::finish() {
  while (!stop_hooks_.empty()) {
    const auto hook = stop_hooks_.extract(stop_hooks_.begin());
    hook.mapped()();
  }
  transfers_.reset();
  timers_.clear();
  watched_.clear();
}

event_loop::event_loop() : x_(std::make_unique<impl>()) {}
event_loop::~event_loop() = default;
bool event_loop::post(std::function<void()> fn) {
  return x_->post(std::move(fn));
}
bool event_loop::on_loop_thread() const {
  return x_->on_loop_thread();
}

uint64_t event_loop::after(duration delay, std::function<void()> fn) {
  assert(on_loop_thread());
  return x_->timers().add(delay, std::move(fn));
}

void event_loop::cancel(uint64_t timer) {
  assert(on_loop_thread());
  x_->timers().cancel(timer);
}

}  // namespace postroom::channels

#include "api/deadline_stream.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postroom::api {

deadline_stream::deadline_stream(channel& io, duration limit, std::size_t max_head)
    : io_(io), until_(clock::now() + limit), head_left_(max_head) {}

bool deadline_stream::wait(channel::status what) {
  if (what == channel::status::closed) return false;
  for (;;) {
    const auto left = std::chrono::ceil<duration>(until_ - clock::now()).count();
    if (left <= 0) {
      timed_out_ = true;
      return false;
    }
    const auto events = what == channel::status::wants_write ? POLLOUT : POLLIN;
    pollfd p{io_.fd(), static_cast<short>(events), 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

bool deadline_stream::count_head(const char* from, size_t size) {
  for (std::size_t i = 0; i < size && in_head_; ++i) {
    if (head_left_-- == 0) return false;
    if (from[i] == '\r') continue;
    if (from[i] == '\n' && last_ == '\n') in_head_ = false;
    last_ = from[i];
  }
  return true;
}

ssize_t deadline_stream::read(char* to, size_t size) {
  while (begin_ == end_) {
    const auto got = io_.read(buffer_.data(), buffer_.size());
    if (got.what != channel::status::done) {
      if (wait(got.what)) continue;
      return timed_out_ ? -1 : 0;
    }
    begin_ = 0;
    end_ = got.bytes;
    if (!in_head_ || count_head(buffer_.data(), end_)) continue;
    begin_ = end_;
    head_left_ = 0;
    return -1;
  }
  const auto n = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, n);
  begin_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t deadline_stream::write(const char* from, size_t size) {
  for (std::size_t done = 0; done < size;) {
    const auto put = io_.write({from + done, size - done});
    done += put.bytes;
    if (put.what != channel::status::done && !wait(put.what)) return -1;
  }
  return static_cast<ssize_t>(size);
}

void deadline_stream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void deadline_stream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace postroom::api

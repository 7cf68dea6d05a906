#include "api/deadline_stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace postroom::api {

deadline_stream::deadline_stream(int fd, duration read_limit, duration write_limit,
                                 std::size_t max_head)
    : fd_(fd),
      read_until_(clock::now() + read_limit),
      write_limit_(write_limit),
      head_left_(max_head) {}

bool deadline_stream::wait(short events, clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    pollfd p{fd_, events, 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

bool deadline_stream::is_readable() const {
  return begin_ < end_;
}

ssize_t deadline_stream::receive(char* to, size_t size) {
  for (;;) {
    const auto n = ::recv(fd_, to, size, 0);
    if (n >= 0) return n;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (!wait(POLLIN, read_until_)) {
      timed_out_ = true;
      return -1;
    }
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
  if (begin_ == end_) {
    const auto n = receive(buffer_.data(), buffer_.size());
    if (n <= 0) return n;
    begin_ = 0;
    end_ = static_cast<std::size_t>(n);
    if (in_head_ && !count_head(buffer_.data(), end_)) {
      begin_ = end_ = 0;
      head_left_ = 0;
      return -1;
    }
  }
  const auto n = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, n);
  begin_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t deadline_stream::write(const char* from, size_t size) {
  if (write_until_ == clock::time_point{}) write_until_ = clock::now() + write_limit_;
  for (std::size_t done = 0; done < size;) {
    const auto n = ::send(fd_, from + done, size - done, MSG_NOSIGNAL);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait(POLLOUT, write_until_)) {
        timed_out_ = true;
        return -1;
      }
    } else if (errno != EINTR) {
      return -1;
    }
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

void deadline_stream::linger(duration limit) {
  ::shutdown(fd_, SHUT_WR);
  read_until_ = clock::now() + limit;
  while (clock::now() < read_until_ && receive(buffer_.data(), buffer_.size()) > 0) {
  }
}

}  // namespace postroom::api

#pragma once

// Internal to api/*.cpp: the only header of the room that shows httplib.
#include <httplib.h>

#include <array>
#include <chrono>

#include "base/clock.hpp"

namespace postroom::api {

/// A connected, non-blocking socket with one deadline for everything that is read and one for
/// everything that is written, instead of httplib's timeout per system call, which a peer that
/// sends a byte now and then never reaches. It polls; httplib's own streams use select() and so
/// fail from descriptor 1024 on, which a node with many mailboxes passes.
class deadline_stream final : public httplib::Stream {
 public:
  /// Does not own `fd`. The time to write starts with the first write. `max_head` bounds what may
  /// be read up to the first empty line; httplib itself has no bound there.
  deadline_stream(int fd, duration read_limit, duration write_limit, std::size_t max_head);

  [[nodiscard]] bool is_readable() const override;
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  /// httplib asks only to compare it with FD_SETSIZE, which does not concern us.
  [[nodiscard]] socket_t socket() const override { return INVALID_SOCKET; }

  [[nodiscard]] bool timed_out() const { return timed_out_; }
  /// Tells the peer that no more comes, and swallows what it still sends for up to `limit`: a
  /// socket closed with unread bytes would reset the connection, and the peer might never see the
  /// answer.
  void linger(duration limit);

 private:
  using clock = std::chrono::steady_clock;
  /// False: the deadline passed.
  bool wait(short events, clock::time_point until);
  ssize_t receive(char* to, size_t size);
  bool count_head(const char* from, size_t size);

  int fd_;
  clock::time_point read_until_;
  clock::time_point write_until_{};
  duration write_limit_;
  std::size_t head_left_;
  bool in_head_ = true;
  char last_ = 0;
  bool timed_out_ = false;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace postroom::api

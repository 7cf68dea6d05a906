#pragma once

// Internal to api/*.cpp: the only header of the room that shows httplib.
#include <httplib.h>

#include <array>
#include <chrono>

#include "api/channel.hpp"
#include "base/clock.hpp"

namespace postroom::api {

/// What httplib's client reads and writes: a channel with one deadline for the whole exchange,
/// instead of httplib's timeout per system call, which a peer that sends a
/// byte now and then never reaches. It polls; httplib's own streams use select() and so fail from
/// descriptor 1024 on.
class deadline_stream final : public httplib::Stream {
 public:
  /// `max_head` bounds what may be read up to the first empty line; httplib itself has no bound
  /// there.
  deadline_stream(channel& io, duration limit, std::size_t max_head);

  [[nodiscard]] bool is_readable() const override { return begin_ < end_; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  /// httplib asks only to compare it with FD_SETSIZE, which does not concern us.
  [[nodiscard]] socket_t socket() const override { return INVALID_SOCKET; }

  [[nodiscard]] bool timed_out() const { return timed_out_; }

 private:
  using clock = std::chrono::steady_clock;
  /// False: the deadline passed, or the connection is over.
  bool wait(channel::status what);
  bool count_head(const char* from, size_t size);

  channel& io_;
  clock::time_point until_;
  std::size_t head_left_;
  bool in_head_ = true;
  char last_ = 0;
  bool timed_out_ = false;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace postroom::api

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "api/channel.hpp"
#include "api/http_reader.hpp"
#include "api/http_types.hpp"

namespace postroom::api {

/// What a connection needs of the listener it belongs to.
struct http_front {
  const http_handler& handler;
  const http_limits& limits;
  std::atomic<std::size_t> buffered{0};  ///< bytes of bodies, all connections
  bool stopping = false;
  /// Hands a whole request to the pool; false: no place in the queue.
  std::function<bool(uint64_t connection, http_request)> submit;
};

/// Who is at the other end, as the kernel says.
struct http_peer {
  std::string address;
  std::optional<uint32_t> uid;
};

/// One connection: handshake, then requests one after another, each read whole, worked on
/// elsewhere, and answered. Never blocks; belongs to the listener's one thread.
///
///   handshake -> idle -> reading -> working -> writing -> idle, or lingering -> gone
class http_connection {
 public:
  using clock = std::chrono::steady_clock;
  enum class phase { handshake, idle, reading, working, writing, lingering, gone };
  static constexpr clock::time_point never = clock::time_point::max();

  http_connection(uint64_t id, channel io, http_peer peer, http_front& front);
  ~http_connection();
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// Does what can be done now. Call it when the socket is ready.
  void advance();
  /// Sends the answer to the request that was submitted.
  void answer(http_response&& response);
  /// The time for what it does now is over.
  void expire();
  /// Ends it at once unless a request is being worked on or answered.
  void stop();

  [[nodiscard]] phase now() const { return phase_; }
  [[nodiscard]] clock::time_point deadline() const { return deadline_; }
  /// EPOLLIN and EPOLLOUT, as advance() left it.
  [[nodiscard]] uint32_t interest() const { return interest_; }
  [[nodiscard]] int fd() const { return io_.fd(); }
  /// Kept for a next request of which nothing has come.
  [[nodiscard]] bool rests() const { return phase_ == phase::idle && answered_; }

 private:
  /// True: more can be done at once.
  bool step();
  bool shake_hands();
  bool read_more();
  bool parse();
  bool look_at_head();
  bool submit();
  bool write_more();
  bool written();
  void refuse(int status) { respond(front_.handler.problem(status), false); }
  void respond(http_response&& response, bool keep);
  void become(phase next, clock::time_point deadline, uint32_t interest);
  void wait_for(channel::status what);
  void linger();
  void charge();

  const uint64_t id_;
  channel io_;
  const http_peer peer_;
  http_front& front_;
  http_reader reader_;
  phase phase_ = phase::handshake;
  clock::time_point deadline_;
  clock::time_point request_deadline_ = never;
  uint32_t interest_;
  std::string in_;          ///< read and not yet parsed, at most one buffer
  std::string head_, out_;  ///< of the answer; a small body stands behind its head
  std::size_t sent_ = 0;
  std::size_t charged_ = 0;
  std::size_t in_hand_ = 0;  ///< bytes of the request that is worked on
  bool keep_ = false;
  bool answered_ = false;
  bool head_only_ = false;
};

}  // namespace postroom::api

#pragma once

// For channels/*.cpp only: includes libcurl.
#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "channels/clamd.hpp"
#include "channels/event_loop.hpp"

namespace postroom::channels {

/// One connection to clamd for one command. Loop thread only. libcurl connects, because it resolves
/// names without blocking; the mail then goes from where it lies to the socket.
class clamd_session : public std::enable_shared_from_this<clamd_session> {
 public:
  struct reply {
    std::string line;    ///< without the NUL at its end
    bool whole = false;  ///< clamd had all of the command when it answered
  };
  /// Runs once, never within `start`, and not at all after `close`.
  using answer_fn = std::function<void(result<reply>)>;

  /// `mail`: below 4 GiB; null for PING.
  clamd_session(event_loop& loop, const clamd_settings& settings,
                std::shared_ptr<const std::string> mail);
  ~clamd_session();
  clamd_session(const clamd_session&) = delete;
  clamd_session& operator=(const clamd_session&) = delete;

  void start(answer_fn answer);
  void close();

 private:
  void prepare();
  void connected(CURLcode rc);
  void on_event(uint32_t events);
  void send_some();
  void read_some();
  void watch();
  void on_timeout();
  void finish(result<reply> r);

  event_loop& loop_;
  const clamd_settings settings_;
  std::shared_ptr<const std::string> mail_;
  answer_fn answer_;
  std::string head_;
  std::array<std::string_view, 3> parts_;  ///< what is still to be sent
  std::size_t part_ = 0;
  bool takes_no_more_ = false;  ///< clamd closed its side: its answer may be there all the same
  std::string line_;
  CURL* easy_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> said_{};
  int fd_ = -1;
  uint32_t watched_ = 0;
  uint64_t timer_ = 0;
};

}  // namespace postroom::channels

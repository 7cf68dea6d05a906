#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "channels/ews_answer.hpp"
#include "channels/ews_http.hpp"
#include "channels/ews_scanner.hpp"
#include "channels/factory.hpp"

namespace postroom::channels {

/// Until when servers asked that a mailbox be left alone; of the whole process, so that a new
/// channel keeps what an old one was told; only one with the same URL, mailbox, login and
/// credentials, so that no partition can pause the mailbox of another. Any thread. Bounded: what is
/// over is forgotten, and beyond 10,000 mailboxes nothing is noted.
class ews_pauses {
 public:
  using time = std::chrono::steady_clock::time_point;
  static ews_pauses& shared();
  void note(const std::string& mailbox, time until);
  [[nodiscard]] time until(const std::string& mailbox);

 private:
  struct impl;
  ews_pauses();
  std::shared_ptr<impl> x_;
};

/// The requests of one mailbox: at most `max_requests` at once, none while the server asked for a
/// pause. A request that is answered with "busy" only, in any of its three forms (SOAP fault,
/// response messages, HTTP 503) is repeated after the pause, three times in all; a pause of more
/// than 30 s is not waited for but answered with ec::throttled. Loop thread only.
class ews_requester {
 public:
  using id = uint64_t;
  using answer = std::vector<ews_message>;
  using done_fn = std::function<void(result<answer>)>;

  struct call {
    std::string body;                                ///< of ews_text
    uint64_t max_bytes = 8u << 20;                   ///< of the answer: more is ec::mail_too_large
    std::function<void()> on_begin = {};             ///< the answer (perhaps a new one) begins
    ews_scanner::on_mime_fn on_mime = {};            ///< runs inside libcurl
    std::function<bool()> may_read = {};             ///< false: nothing more before `resume`
    ews_envelopes::on_envelope_fn on_envelope = {};  ///< long-lived; runs inside libcurl
  };

  ews_requester(event_loop& loop, const inbound_settings& settings, std::string url);
  ~ews_requester();
  ews_requester(const ews_requester&) = delete;
  ews_requester& operator=(const ews_requester&) = delete;

  /// `done` runs once, never within this call, and not at all after `cancel`. A SOAP fault is an
  /// error, errors in response messages are for the caller. Of a long-lived call the answer is
  /// empty.
  id start(call c, done_fn done);
  void resume(id which);
  void cancel(id which);
  void cancel_all();

 private:
  struct running {
    call what;
    done_fn done;
    ews_http::id http = 0;  ///< 0: waits
    unsigned tries = 0;
    std::shared_ptr<ews_scanner> scanner;
    std::shared_ptr<result<void>> read;  ///< what the scanner said
  };

  void pump();
  bool pausing();
  void send(id which, running& r);
  http_request make_request(const running& r) const;
  void on_answer(id which, result<http_answer> got);
  result<answer> read(running& r, const http_answer& got) const;
  result<answer> read_failure(const http_answer& got) const;
  bool again_later(id which, running& r, const result<answer>& got);
  void finish(id which, result<answer> got);

  event_loop& loop_;
  inbound_settings settings_;
  std::string url_, mailbox_;
  std::unique_ptr<ews_http> http_;
  id last_ = 0;
  std::map<id, running> calls_;
  std::deque<id> waiting_;
  std::size_t under_way_ = 0;
  uint64_t timer_ = 0;
};

}  // namespace postroom::channels

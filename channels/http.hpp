#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace postroom::channels {

class event_loop;
class transcript;

enum class http_auth { none, basic, ntlm };

/// One request. Holds secrets: never log it.
struct http_request {
  std::string method = "GET";
  std::string url;                          ///< absolute, http or https
  std::vector<std::string> headers;         ///< "Name: value"
  std::shared_ptr<const std::string> body;  ///< null: none
  http_auth auth = http_auth::none;
  std::string login, password;
  std::string ca_file;               ///< PEM; empty: the system's authorities
  duration connect_timeout{15'000};  ///< name, TCP and TLS
  duration request_timeout{60'000};  ///< without a byte either way; whole seconds
  uint64_t max_bytes = 8u << 20;     ///< of the answer's body: more is ec::mail_too_large
  /// From its beginning to its end, but for the time that `on_bytes` keeps it waiting: a server
  /// that trickles holds a place no longer. 0: request_timeout, and a second for each 4 kB of
  /// `max_bytes` and of the body, at most a day; none when `long_lived`.
  duration total_timeout{0};
  /// Goes out at most once, on a connection of its own: at the end of a kept one without an answer,
  /// libcurl repeats the request by itself.
  bool once = false;
  bool long_lived = false;  ///< stays open for minutes: does not count as under way
  /// On whose behalf, in any words (a partition's id): owners wait for places at one server by
  /// turns, and none has more than curl_transfers::max_requests_per_owner. Empty: the server's
  /// other requests.
  std::string owner;
  std::shared_ptr<transcript> heard;  ///< not null: notes the request and its outcome in a line
  std::string what;                   ///< for `heard`: what it asks, beside method and path
  /// Takes the body of a 2xx answer as it comes, instead of http_answer::body. False: no more
  /// before `http_client::resume`; the same bytes come again then. Runs inside libcurl: it may call
  /// nothing of the client.
  std::function<bool(std::string_view)> on_bytes = {};
};

/// An answer, whatever its status says.
struct http_answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;  ///< whole when the status is 2xx, else its first 64 KiB

  /// The value of the first field of this name, in lower case; empty: there is none.
  [[nodiscard]] const std::string& header(std::string_view name) const;
};

/// Whether a request that failed so was cut off by a server that is there: the connection broke, or
/// nothing more came.
bool was_cut_off(const error& why) noexcept;

/// HTTP/1.1 on the event loop, by libcurl: TLS 1.2 or later with peer and host verified, kept
/// connections, no redirect followed, no cookie, no proxy, nothing decompressed. Loop thread only.
class http_client {
 public:
  using done_fn = std::function<void(result<http_answer>)>;
  using id = uint64_t;

  explicit http_client(event_loop& loop);
  /// As `cancel` of all that is under way.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// `done` runs once, never within this call, and not at all after `cancel` or once the loop
  /// stops; it may destroy the client. ec::timeout and ec::connection_lost mean that some of the
  /// request went out; before that it is ec::unreachable.
  id start(http_request request, done_fn done);
  void resume(id exchange);
  void cancel(id exchange);

 private:
  struct exchange;
  struct impl;
  std::shared_ptr<impl> x_;
};

}  // namespace postroom::channels

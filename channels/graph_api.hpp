#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/graph_gate.hpp"
#include "channels/http.hpp"
#include "channels/inbound.hpp"
#include "channels/tokens.hpp"

namespace postroom::channels {

struct graph_request {
  std::string method = "GET";
  std::string target;  ///< below the base URL, or a whole URL of the same origin
  std::string prefer;  ///< beside immutable ids
  std::vector<std::string> headers;
  std::shared_ptr<const std::string> body;
  std::string content_type = "application/json";  ///< of the body
  uint64_t max_bytes = 8u << 20;                  ///< of the answer
  unsigned weight = 1;     ///< how many requests at once it is to the service
  unsigned count = 1;      ///< how many requests in all
  bool repeatable = true;  ///< sent anew when nobody knows whether it was carried out
  bool signed_in = true;   ///< false: the URL carries its own permission, at any host
  std::function<bool(std::string_view)> on_bytes = {};  ///< see http_request
};

/// Requests to one mailbox of Microsoft Graph: tokens, limits, pauses, repetitions. Loop thread
/// only, but for the constructor.
///
/// At most `max_requests` at a time, and less than 10,000 in 10 minutes. 429, 503 and 504 pause the
/// whole mailbox for as long as the service says (or a growing time of our own) and are tried
/// again, `max_tries` times in all. A 401 is tried once more with a fresh token. No token goes to a
/// URL that is not fit for secrets: ec::config_invalid.
class graph_api final : public graph_gate::user, public std::enable_shared_from_this<graph_api> {
 public:
  static constexpr unsigned max_tries = 6;
  /// Who would have to wait longer is told so at once; the pause is kept all the same.
  static constexpr std::chrono::minutes longest_wait{2};
  using id = uint64_t;
  /// Any answer but 401, 429, 503 and 504 is the caller's. ec::timeout, ec::connection_lost
  /// and ec::protocol_violation: the request went out, and nobody knows what became of it.
  /// ec::server_busy: 503 each time; or 504, of which nobody knows either. After any other error it
  /// was not carried out. Never within `start` or `cancel`.
  using done_fn = std::function<void(result<http_answer>)>;

  /// `mailbox` empty: that of who signed in.
  graph_api(event_loop& loop, endpoint server, std::string url, const std::string& mailbox,
            unsigned max_requests);
  ~graph_api();
  graph_api(const graph_api&) = delete;
  graph_api& operator=(const graph_api&) = delete;

  id start(graph_request request, done_fn done);
  /// Takes the body's bytes again that `on_bytes` had refused.
  void resume(id which);
  /// Nobody is told.
  void cancel(id which);
  /// A part of a batch was refused for now.
  void pause(std::optional<duration> wait) { gate_->pause(wait); }
  /// Cancels everything; nothing can be started any more.
  void stop();

  [[nodiscard]] const std::string& base() const { return base_; }
  [[nodiscard]] unsigned max_requests() const { return max_requests_; }
  /// Requests that wait or are under way.
  [[nodiscard]] std::size_t pending() const { return waiting_.size() + running_.size(); }

 private:
  struct item {
    id number = 0;
    graph_request request;
    done_fn done;
    std::string token;
    unsigned tries = 0;
    bool refreshed = false;  ///< with a fresh token after a 401
    bool lost = false;       ///< the connection broke once
    http_client::id http = 0;
  };
  using item_ptr = std::shared_ptr<item>;

  void on_room() override { pump(); }
  void pump();
  void wait_for_pause();
  void authorise(const item_ptr& it);
  void send(const item_ptr& it);
  void on_answer(const item_ptr& it, result<http_answer> got);
  void on_unauthorised(const item_ptr& it, const http_answer& answer);
  void on_busy(const item_ptr& it, const http_answer& answer);
  void again(const item_ptr& it);
  void end(const item_ptr& it, result<http_answer> got);
  void pump_soon();
  void rest();

  event_loop& loop_;
  endpoint server_;
  std::string base_;  ///< without a slash at its end
  unsigned max_requests_;
  std::shared_ptr<graph_gate> gate_;
  http_client http_;
  id last_ = 0;
  std::deque<item_ptr> waiting_;
  std::map<id, item_ptr> running_;
  uint64_t timer_ = 0;
  uint64_t stop_hook_ = 0;
  bool pumping_ = false;
  bool stopped_ = false;
};

}  // namespace postroom::channels

#pragma once

// For channels/*.cpp only: includes libcurl.
#include <curl/curl.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "channels/event_loop.hpp"

namespace postroom::channels {

/// libcurl's transfers on the event loop, by the multi-socket interface. Loop thread only; no
/// method may be called from one of libcurl's callbacks.
///
/// Two limits keep thousands of mailboxes that start together from becoming thousands of resolver
/// threads: so many transfers run per lane and in all, the others wait their turn. A lane is one
/// server, so a dead one delays no other; requests that name their owner have a lane per owner and
/// server, so that nobody's slow answers keep another owner waiting at the same server. libcurl
/// looks a taken-over connection up by walking all of its multi handle's connections, at each send
/// and receive: that is why the handles are spread over several multi handles of bounded size.
class curl_transfers {
 public:
  using done_fn = std::function<void(CURLcode)>;
  /// What a transfer takes a place of. A request lasts until its answer is read, a sign-in until
  /// the connection is handed over: so slow services on the web keep no mail server waiting. What
  /// stays open for minutes takes none.
  enum class counted { sign_in, request, no };

  static constexpr std::size_t max_running = 256;  ///< sign-ins; and as many requests
  static constexpr std::size_t max_running_per_lane = 32;
  static constexpr std::size_t max_requests_per_server = 64;
  static constexpr std::size_t max_requests_per_owner = 20;  ///< at one server
  static constexpr std::size_t handles_per_multi = 64;

  explicit curl_transfers(event_loop::impl& loop);
  ~curl_transfers();
  curl_transfers(const curl_transfers&) = delete;
  curl_transfers& operator=(const curl_transfers&) = delete;

  /// Runs the transfer, sooner or later. `done` runs once, never within this call, and not at all
  /// after `drop`. The handle stays added afterwards, which keeps a CURLOPT_CONNECT_ONLY connection
  /// alive, until `drop`.
  void start(CURL* easy, const std::string& server, done_fn done, counted count = counted::sign_in,
             const std::string& owner = {});
  /// Takes the handle out in whatever state it is, at once; call it before curl_easy_cleanup.
  /// Unknown ones are ignored.
  void drop(CURL* easy);

  /// Shared TLS sessions and DNS answers (CURLOPT_SHARE).
  [[nodiscard]] CURLSH* share() const { return share_; }

 private:
  struct multi;
  struct lane {
    std::string server;
    std::size_t most = 0;  ///< of it at a time
    std::size_t running = 0;
    std::deque<CURL*> waiting;
    counted kind = counted::sign_in;
  };
  struct transfer {
    std::string lane, server;
    multi* home = nullptr;  ///< null: still waiting
    counted kind = counted::sign_in;
    bool running = false;  ///< takes a place
    done_fn done;
  };

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM* handle, long ms, void* self);

  void begin(CURL* easy, transfer& t);
  std::size_t& running(counted kind) { return kind == counted::request ? requests_ : sign_ins_; }
  void count_at_server(const transfer& t, bool more);
  [[nodiscard]] bool has_room(const lane& l) const;
  void end_running(transfer& t);
  void begin_waiting();
  multi& pick_multi(const std::string& server);
  void act(multi& m, curl_socket_t fd, int mask);

  event_loop::impl& loop_;
  CURLSH* share_ = nullptr;
  std::vector<std::unique_ptr<multi>> multis_;
  std::unordered_map<CURL*, transfer> transfers_;
  std::map<std::string, lane> lanes_;
  std::unordered_map<std::string, std::size_t> at_server_;  ///< requests that run
  /// Where each server was last: kept connections belong to a multi handle. One entry per server.
  std::unordered_map<std::string, multi*> last_homes_;
  std::string last_lane_;
  std::size_t sign_ins_ = 0, requests_ = 0;
};

}  // namespace postroom::channels

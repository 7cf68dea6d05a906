#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace postroom::channels {

class event_loop;

/// What Graph told of one subscription since its listener ran last.
struct graph_news {
  bool changed = false;  ///< mails came, or notifications of some were lost
  bool renew = false;    ///< the subscription rests until it is renewed
  bool removed = false;  ///< the subscription is no more
  std::chrono::steady_clock::time_point heard_at;  ///< the first of it
};

/// Hands the notifications that Microsoft Graph posts to those who wait for them. What tells a true
/// one is its client state, a secret of 128 bits that Graph and its listener alone know. Any
/// thread.
class graph_notices : public std::enable_shared_from_this<graph_notices> {
 public:
  static constexpr std::size_t max_body = 256u << 10;  ///< bytes of one POST
  static constexpr std::size_t max_listeners = 100'000;
  using heard_fn = std::function<void(const graph_news&)>;

  /// Makes a client state; `heard` runs on the loop for what comes with it, at most one run waits.
  /// Empty: there are `max_listeners` already.
  std::string listen(event_loop& loop, heard_fn heard);
  /// Before the loop ends. Called on the loop, `heard` does not run after it.
  void forget(const std::string& client_state);

  /// Takes what was posted. Whatever it holds that no listener knows is ignored, and told to
  /// nobody: how many notifications were known.
  std::size_t take(std::string_view body);

  /// What a request to validate the URL is answered with, as text/plain: the decoded token of its
  /// query. Nothing: there is none. Empty: none of Graph's kind (over 2,048 bytes, markup, control
  /// characters).
  static std::optional<std::string> validation_answer(std::string_view query);

 private:
  struct listener {
    event_loop* loop;
    std::shared_ptr<const heard_fn> heard;
    graph_news news;
    bool posted = false;  ///< a run waits on the loop
  };
  void deliver(const std::string& key);

  std::mutex mutex_;
  std::unordered_map<std::string, listener> listeners_;  ///< by the digest of the client state
};

}  // namespace postroom::channels

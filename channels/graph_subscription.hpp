#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "channels/factory.hpp"
#include "channels/graph_api.hpp"
#include "channels/graph_notices.hpp"

namespace postroom::channels {

/// Keeps one folder of a mailbox subscribed to Graph's change notifications: makes the
/// subscription, renews it at half its life, makes it anew when it was lost. What fails is tried
/// again after `notification_retry`, then after growing pauses of up to an hour; the first failure
/// of a row is logged. Loop thread only.
class graph_subscription final : public std::enable_shared_from_this<graph_subscription> {
 public:
  enum class news {
    mail,       ///< something came, or may have come
    subscribed  ///< from now on; nobody told what came before
  };
  using news_fn = std::function<void(news, std::chrono::steady_clock::time_point heard_at)>;

  /// `path`: of the folder's messages, "/me/mailFolders('ID')/messages".
  graph_subscription(event_loop& loop, const inbound_settings& settings, std::string path,
                     news_fn on_news);
  ~graph_subscription();
  graph_subscription(const graph_subscription&) = delete;
  graph_subscription& operator=(const graph_subscription&) = delete;

  void start() { make(); }
  /// No news from now on. Deletes the subscription, also one that is just being made, in at most
  /// three seconds; lives so long by itself. Then `done`, which may be null, perhaps at once.
  void leave(std::function<void()> done);

 private:
  using answer_fn = void (graph_subscription::*)(result<http_answer>);
  using step_fn = void (graph_subscription::*)();

  void ask(std::string method, std::string target, std::string body, answer_fn then);
  void make();
  void on_made(result<http_answer> got);
  void renew();
  void on_renewed(result<http_answer> got);
  void take(result<http_answer> got);
  void hear(const graph_news& told);
  void make_anew();
  void put_off(const error& why);
  void plan(duration pause, step_fn step);
  void say_goodbye();
  void on_goodbye(result<http_answer> got);
  void finish();
  void forget_state();
  [[nodiscard]] std::string target() const;

  event_loop& loop_;
  std::shared_ptr<graph_notices> notices_;
  std::string url_, path_, name_;
  duration life_, retry_;
  news_fn on_news_;
  std::shared_ptr<graph_api> api_;  ///< its own, so that it can outlive the channel's
  std::string state_;               ///< the secret of this subscription; none has it twice
  std::string id_;                  ///< empty: there is no subscription
  std::chrono::steady_clock::time_point made_at_{};
  unsigned failures_ = 0;  ///< in a row
  bool asking_ = false;    ///< a request is under way
  bool lost_ = false;      ///< Graph said so meanwhile
  uint64_t timer_ = 0;
  bool leaving_ = false;
  bool finished_ = false;
  std::function<void()> left_;
  uint64_t stop_hook_ = 0;
};

}  // namespace postroom::channels

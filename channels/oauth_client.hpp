#pragma once

// For channels/*.cpp only.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "channels/oauth.hpp"
#include "channels/oauth_answer.hpp"
#include "channels/oauth_urls.hpp"

namespace postroom::channels {

/// The one oauth_client. All members but the snapshot are the loop thread's. What takes the token
/// or the store (`alone`) is done by one after the other, so that an older refresh token never
/// overwrites a newer one.
class oauth_engine final : public oauth_client, public std::enable_shared_from_this<oauth_engine> {
 public:
  oauth_engine(oauth_world world, oauth_settings settings, std::shared_ptr<oauth_keeper> keeper)
      : world_(std::move(world)), settings_(std::move(settings)), keeper_(std::move(keeper)) {}
  ~oauth_engine() override;
  oauth_engine(const oauth_engine&) = delete;
  oauth_engine& operator=(const oauth_engine&) = delete;

  void get(done_fn<std::string> done) override;
  void refused(const std::string& token) override;
  [[nodiscard]] oauth_state state() const override;
  [[nodiscard]] const oauth_settings& settings() const override { return settings_; }
  void follow(std::shared_ptr<oauth_client> before) override;
  void retire(done_fn<void> done) override;
  void try_anew() override;
  void renew() override;
  void redeem(std::string code, std::string verifier, oauth_words by, done_fn<void> done) override;
  void authorise_device(oauth_words by, done_fn<device_prompt> prompt, done_fn<void> done) override;
  void cancel_device() override;
  void forget(oauth_words by, done_fn<bool> done) override;

 private:
  static constexpr double max_refusals = 3;

  struct device_flow {
    device_answer device;
    oauth_words by;
    done_fn<void> done;
    duration interval{};
    time_point until{};
    bool ended = false;
  };
  using job = std::function<void()>;
  using answer_fn = std::function<void(result<http_answer>)>;

  /// Runs `work` on the loop thread with an end that comes exactly once, also when the loop stops.
  template <class T>
  void on_loop(done_fn<T> done, std::function<void(oauth_engine&, done_fn<T>)> work) {
    const bool posted = world_.post([self = shared_from_this(), done, work = std::move(work)] {
      if (self->stopped_) return done(stopping());
      self->listen_for_stop();
      work(*self, self->once(done));
    });
    if (!posted && done) done(stopping());
  }
  template <class T>
  done_fn<T> once(done_fn<T> done) {
    const auto id = ++last_end_;
    open_ends_.emplace(id, [done] { done(stopping()); });
    return [self = std::weak_ptr(shared_from_this()), id, done](result<T> with) {
      const auto x = self.lock();
      if (x && x->open_ends_.erase(id) > 0) done(std::move(with));
    };
  }
  static error stopping() { return fail(ec::cancelled, "Postroom is stopping"); }
  static error retired() {
    return fail(ec::cancelled, "the OAuth client was changed, or Postroom is stopping");
  }
  void stop();
  void listen_for_stop();

  void on_get(done_fn<std::string> done);
  [[nodiscard]] bool is_usable(time_point now) const;
  [[nodiscard]] bool is_due(time_point now) const;
  void alone(job work);
  void free();
  void answer_waiters(const result<std::string>& with);

  void begin_renewal();
  void load_refresh_token(const oauth_proof& proof);
  void ask_for_token(const oauth_proof& proof, const std::string& refresh_token);
  void on_token(const result<http_answer>& answer, const std::string& sent);
  void keep(token_answer answer);
  void on_kept(result<void> stored);
  void adopt(const token_answer& answer);
  void failed(const error& why, duration retry_after);

  /// Adds what the client proves itself with. Errors: config_invalid.
  [[nodiscard]] result<http_request> make_request(const std::string& url, form_fields fields,
                                                  const oauth_proof& proof) const;
  /// Asks with the client's proof as it is now.
  void ask_proved(const std::string& url, form_fields fields, answer_fn done);
  void ask(http_request request, answer_fn done);
  void take_authorisation(const result<http_answer>& answer, oauth_words by, done_fn<void> done);
  void on_device(const result<http_answer>& answer, oauth_words by,
                 const done_fn<device_prompt>& prompt, const done_fn<void>& done);
  void poll_later(const std::shared_ptr<device_flow>& flow);
  void poll(const std::shared_ptr<device_flow>& flow);
  void on_poll(const std::shared_ptr<device_flow>& flow, const result<http_answer>& answer);
  void end(std::shared_ptr<device_flow> flow, result<void> with);  ///< maybe `device_` itself
  void note();

  oauth_world world_;
  const oauth_settings settings_;
  const std::shared_ptr<oauth_keeper> keeper_;

  std::string token_;
  time_point until_{};
  duration life_{};
  std::deque<done_fn<std::string>> waiters_;
  bool busy_ = false;
  bool retired_ = false;
  std::deque<job> next_jobs_;
  std::optional<token_answer> unsaved_;  ///< its refresh token is not on disk yet
  unsigned failures_ = 0;
  time_point not_before_{};
  std::optional<error> trouble_;
  uint64_t requests_ = 0;
  double refusals_left_ = max_refusals;  ///< may still drop a token
  time_point refusals_at_{};
  std::shared_ptr<device_flow> device_;
  std::map<uint64_t, std::function<void()>> open_ends_;
  uint64_t last_end_ = 0;
  uint64_t stop_hook_ = 0;
  bool stopped_ = false;

  mutable std::mutex mutex_;  ///< guards what follows
  oauth_state shown_;
};

}  // namespace postroom::channels

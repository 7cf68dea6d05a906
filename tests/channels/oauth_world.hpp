#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/oauth.hpp"

/// A world of OAuth clients whose time and provider belong to the test. One thread: what is posted
/// runs in `settle`.
namespace postroom::channels {

class virtual_world {
 public:
  virtual_world() = default;
  virtual_world(const virtual_world&) = delete;
  virtual_world& operator=(const virtual_world&) = delete;
  ~virtual_world() { stop(); }

  oauth_world world() {
    oauth_world out;
    out.post = [this](std::function<void()> fn) {
      if (over) return false;
      posts_.push_back(std::move(fn));
      return true;
    };
    out.after = [this](duration d, std::function<void()> fn) {
      timers_.emplace(now + d, std::pair{++last_, std::move(fn)});
      return last_;
    };
    out.cancel = [this](uint64_t id) {
      std::erase_if(timers_, [id](const auto& t) { return t.second.first == id; });
    };
    out.ask = [this](http_request r, http_client::done_fn done) {
      asked.push_back({std::move(r), std::move(done)});
      return static_cast<http_client::id>(asked.size());
    };
    out.give_up = [this](http_client::id id) { given_up.push_back(id); };
    out.on_stop = [this](std::function<void()> fn) {
      stop_.push_back(std::move(fn));
      return static_cast<uint64_t>(stop_.size());
    };
    out.forget_stop = [](uint64_t) {};
    out.clock = [this] { return now; };
    out.random = [] { return uint64_t{0}; };  // the shortest pauses
    return out;
  }

  void settle() {
    while (!posts_.empty()) {
      auto fn = std::move(posts_.front());
      posts_.pop_front();
      fn();
    }
  }
  void pass(duration d) {
    const auto until = now + d;
    settle();
    while (!timers_.empty() && timers_.begin()->first <= until) {
      now = timers_.begin()->first;
      auto fn = std::move(timers_.begin()->second.second);
      timers_.erase(timers_.begin());
      fn();
      settle();
    }
    now = until;
  }
  void stop() {
    over = true;
    for (auto& fn : std::exchange(stop_, {})) fn();
  }

  /// The provider answers the oldest request that waits.
  void answer(int status, std::string body,
              std::vector<std::pair<std::string, std::string>> headers = {}) {
    settle();
    ASSERT_LT(answered_, asked.size()) << "nothing was asked";
    auto done = std::move(asked[answered_++].second);
    done(http_answer{status, std::move(headers), std::move(body)});
    settle();
  }
  void answer_error(error why) {
    settle();
    ASSERT_LT(answered_, asked.size()) << "nothing was asked";
    auto done = std::move(asked[answered_++].second);
    done(std::move(why));
    settle();
  }
  [[nodiscard]] const std::string& body(std::size_t i) const { return *asked.at(i).first.body; }

  time_point now{duration{1'800'000'000'000}};
  std::vector<std::pair<http_request, http_client::done_fn>> asked;
  std::vector<http_client::id> given_up;
  bool over = false;

 private:
  std::deque<std::function<void()>> posts_;
  std::multimap<time_point, std::pair<uint64_t, std::function<void()>>> timers_;
  std::vector<std::function<void()>> stop_;
  uint64_t last_ = 0;
  std::size_t answered_ = 0;
};

/// Keeps secrets in the test's hands.
class fake_keeper final : public oauth_keeper {
 public:
  void proof(done_fn<oauth_proof> done) override { done(proof_now); }
  void load(done_fn<std::string> done) override {
    if (token.empty()) return done(fail(ec::oauth_not_authorized, "nobody"));
    done(token);
  }
  void store(std::string t, std::optional<oauth_words> by, done_fn<void> done) override {
    events.push_back((by ? "authorised " : "store ") + t);
    if (hold) {
      held = [this, t, done] {
        token = t;
        done({});
      };
      return;
    }
    if (store_fails) return done(fail(ec::no_space, "disk full"));
    token = std::move(t);
    done({});
  }
  void erase(oauth_words, done_fn<bool> done) override {
    const bool had = !std::exchange(token, {}).empty();
    done(had);
  }

  result<oauth_proof> proof_now = oauth_proof{"s3cret", {}, {}};
  std::string token;
  std::vector<std::string> events;
  bool hold = false, store_fails = false;
  std::function<void()> held;
};

inline oauth_settings app_settings() {
  oauth_settings s;
  s.client_id = "app";
  s.token_url = "https://login.example.org/token";
  s.device_url = "https://login.example.org/device";
  s.scopes = {"mail"};
  return s;
}

inline std::string token_json(const std::string& token, int life = 3600,
                              const std::string& refresh = {}) {
  return R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" +
         std::to_string(life) + (refresh.empty() ? "" : R"(,"refresh_token":")" + refresh + "\"") +
         "}";
}

/// A client in a virtual world.
struct oauth_test : testing::Test {
  virtual_world w;
  std::shared_ptr<fake_keeper> keeper = std::make_shared<fake_keeper>();
  std::shared_ptr<oauth_client> client;
  std::vector<std::string> got;  ///< tokens and "error CODE", in order

  void TearDown() override {
    w.stop();                // while there is somebody to be told
    keeper->held = nullptr;  // it holds the client, which holds the keeper
  }
  void begin(oauth_grant grant = oauth_grant::client_credentials) {
    auto s = app_settings();
    s.grant = grant;
    client = oauth_client::make(w.world(), s, keeper);
    if (grant != oauth_grant::client_credentials && keeper->token.empty()) keeper->token = "r1";
  }
  void get() {
    client->get([this](const result<std::string>& token) {
      got.push_back(token ? *token : "error " + std::string{to_string(token.error().code)});
      if (!token) details.push_back(token.error().detail);
    });
    w.settle();
  }
  std::vector<std::string> details;
};

using lines = std::vector<std::string>;

}  // namespace postroom::channels

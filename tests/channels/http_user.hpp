#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "channels/event_loop.hpp"
#include "channels/http.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/scripted_text.hpp"

namespace postroom::channels {

using namespace postroom::support;

inline dialog asked(const std::string& request_line) {
  return {C(request_line), C_like("Host: 127\\.0\\.0\\.1:[0-9]+"), C("Accept: */*"), C("")};
}
inline dialog answered(const std::string& head, const std::string& body) {
  return {S("HTTP/1.1 " + head), S("Content-Length: " + std::to_string(body.size())), S(""),
          S_raw(body)};
}

/// A client whose calls wait for their ends.
class http_user {
 public:
  ~http_user() {
    on_loop([this] { client_.reset(); });
  }
  http_request to(const scripted_server& server, const std::string& path = "/") {
    http_request r;
    r.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
    return r;
  }
  std::future<result<http_answer>> start(http_request r) {
    auto ended = std::make_shared<std::promise<result<http_answer>>>();
    auto future = ended->get_future();
    on_loop([&] {
      last_ = client_->start(std::move(r), [this, ended](result<http_answer> got) {
        ++ends_;
        ended->set_value(std::move(got));
      });
    });
    return future;
  }
  result<http_answer> ask(http_request r) { return start(std::move(r)).get(); }
  void resume() {
    on_loop([this] { client_->resume(last_); });
  }
  void cancel() {
    on_loop([this] { client_->cancel(last_); });
  }
  /// Returns once the loop's clock went on by so much.
  void after(duration delay) {
    std::promise<void> ended;
    on_loop([&] { loop_.after(delay, [&] { ended.set_value(); }); });
    ended.get_future().wait();
  }
  void on_loop(const std::function<void()>& fn) {
    std::promise<void> ended;
    ASSERT_TRUE(loop_.post([&] {
      fn();
      ended.set_value();
    }));
    ended.get_future().wait();
  }
  [[nodiscard]] int ends() const { return ends_; }

 private:
  event_loop loop_;
  std::optional<http_client> client_{std::in_place, loop_};
  http_client::id last_ = 0;
  std::atomic<int> ends_ = 0;
};

}  // namespace postroom::channels

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/factory.hpp"

namespace postroom::channels {

/// An SMTP channel whose reports can be waited for. Counts reports, for each must come exactly
/// once.
class smtp_client {
 public:
  explicit smtp_client(outbound_settings settings)
      : channel_(make_outbound(loop_, std::move(settings))) {}

  std::future<send_report> start(std::string to,
                                 std::string message = "Subject: x\r\n\r\nhello\r\n",
                                 std::string from = "desk@example.org") {
    auto ended = std::make_shared<std::promise<send_report>>();
    auto future = ended->get_future();
    envelope mail{std::move(from), std::move(to),
                  std::make_shared<const std::string>(std::move(message))};
    channel_->send(std::move(mail), [this, ended](send_report r) {
      ++reports_;
      ended->set_value(std::move(r));
    });
    return future;
  }
  static send_report wait(std::future<send_report> future) {
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no report came";
    return {};
  }
  send_report send(std::string to, std::string message = "Subject: x\r\n\r\nhello\r\n",
                   std::string from = "desk@example.org") {
    return wait(start(std::move(to), std::move(message), std::move(from)));
  }

  outbound_channel& channel() { return *channel_; }
  void drop() { channel_.reset(); }
  /// Returns after the loop has done what was asked of it before.
  void round() {
    std::promise<void> done;
    loop_.post([&] { done.set_value(); });
    done.get_future().wait();
  }
  [[nodiscard]] int reports() const { return reports_; }
  event_loop& loop() { return loop_; }

 private:
  std::atomic<int> reports_ = 0;
  event_loop loop_;
  std::unique_ptr<outbound_channel> channel_;
};

}  // namespace postroom::channels

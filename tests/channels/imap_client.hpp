#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/factory.hpp"
#include "channels/imap.hpp"

namespace postroom::channels {

/// The end of one call, to be waited for. Fails the test when `done` runs twice or not within 30 s.
template <class T>
class awaited {
 public:
  done_fn<T> done() {
    return [state = state_](result<T> r) {
      if (state->runs++ == 0) {
        state->ended.set_value(std::move(r));
      } else {
        ADD_FAILURE() << "done ran twice";
      }
    };
  }
  result<T> get() {
    auto future = state_->ended.get_future();
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "a call never ended";
    return fail(ec::internal, "a call never ended");
  }

 private:
  struct state {
    std::promise<result<T>> ended;
    int runs = 0;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// What one `fetch` gave.
struct fetch_outcome {
  std::mutex mutex;
  std::vector<std::pair<uint64_t, result<std::shared_ptr<const std::string>>>> mails;

  inbound_channel::on_mail_fn on_mail() {
    return [this](const listed_mail& m, result<std::shared_ptr<const std::string>> bytes) {
      const std::lock_guard lock(mutex);
      mails.emplace_back(m.uid, std::move(bytes));
    };
  }
  /// "7:bytes" or "8:not_found".
  std::vector<std::string> brief() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> out;
    for (const auto& [uid, bytes] : mails) {
      out.push_back(std::to_string(uid) + ":" +
                    (bytes ? **bytes : std::string(to_string(bytes.code()))));
    }
    return out;
  }
};

/// An inbound channel whose calls wait for their ends, for tests that read like a story.
class imap_client {
 public:
  explicit imap_client(inbound_settings settings)
      : channel_(make_inbound(loop_, std::move(settings))) {}
  imap_client(inbound_settings settings, duration idle_again)
      : channel_(make_imap(loop_, std::move(settings), idle_again)) {}

  result<opened_mailbox> open() {
    awaited<opened_mailbox> end;
    channel_->open(end.done());
    return end.get();
  }
  result<std::vector<listed_mail>> list(uint64_t after = 0, std::size_t max = 1'000) {
    awaited<listing> end;
    channel_->list(after, max, end.done());
    auto got = end.get();
    if (!got) return got.error();
    return std::move(got->mails);
  }
  result<void> fetch(std::vector<listed_mail> mails, fetch_outcome& out) {
    awaited<void> end;
    channel_->fetch(std::move(mails), out.on_mail(), end.done());
    return end.get();
  }
  result<void> settle(std::vector<listed_mail> mails, after_commit action,
                      std::string folder = {}) {
    awaited<void> end;
    channel_->settle(std::move(mails), action, std::move(folder), end.done());
    return end.get();
  }
  result<wake> wait(duration at_most) {
    awaited<wake> end;
    channel_->wait(at_most, end.done());
    return end.get();
  }
  result<void> close() {
    awaited<void> end;
    channel_->close(end.done());
    return end.get();
  }
  /// Lets go of the channel without a good-bye.
  void drop() { channel_.reset(); }

  inbound_channel& channel() { return *channel_; }
  event_loop& loop() { return loop_; }

 private:
  event_loop loop_;
  std::unique_ptr<inbound_channel> channel_;
};

}  // namespace postroom::channels

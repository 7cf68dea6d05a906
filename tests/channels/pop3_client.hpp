#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/pop3.hpp"

namespace postroom::channels {

/// A POP3 channel whose calls wait for their ends, for tests that read like a story.
class pop3_client {
 public:
  using fetched_mail = std::pair<uint64_t, result<std::shared_ptr<const std::string>>>;
  struct fetched {
    std::vector<fetched_mail> mails;
    result<void> end;
    /// The mails in short: "1:bytes" or "2:not_found".
    [[nodiscard]] std::vector<std::string> brief() const {
      std::vector<std::string> out;
      for (const auto& [uid, mail] : mails)
        out.push_back(std::to_string(uid) + ":" +
                      (mail ? **mail : std::string(to_string(mail.code()))));
      return out;
    }
  };

  explicit pop3_client(inbound_settings settings)
      : channel_(make_pop3(loop_, std::move(settings))) {}

  result<opened_mailbox> open() {
    return call<opened_mailbox>([&](auto done) { channel_->open(done); });
  }
  result<std::vector<listed_mail>> list(uint64_t after = 0, std::size_t max = 1000) {
    auto got = call<listing>([&](auto done) { channel_->list(after, max, done); });
    if (!got) return got.error();
    return std::move(got->mails);
  }
  fetched fetch(std::vector<listed_mail> mails) {
    auto out = std::make_shared<fetched>();
    auto on_mail = [out](const listed_mail& m, auto mail) {
      out->mails.emplace_back(m.uid, std::move(mail));
    };
    out->end = call<void>([&](auto done) { channel_->fetch(std::move(mails), on_mail, done); });
    return *out;
  }
  /// The whole mail and the size of each piece.
  result<uint64_t> fetch_in_pieces(const listed_mail& mail, std::string& bytes,
                                   std::vector<std::size_t>& pieces) {
    auto on_piece = [&](const std::string& piece, const std::function<void()>& next) {
      bytes += piece;
      pieces.push_back(piece.size());
      next();
    };
    return call<uint64_t>([&](auto done) { channel_->fetch_in_pieces(mail, on_piece, done); });
  }
  result<void> settle(std::vector<listed_mail> mails, after_commit action) {
    return call<void>([&](auto done) { channel_->settle(std::move(mails), action, "", done); });
  }
  result<wake> wait() {
    return call<wake>([&](auto done) { channel_->wait(duration{1'000}, done); });
  }
  result<void> close() {
    return call<void>([&](auto done) { channel_->close(done); });
  }
  /// Lets go of the channel without QUIT.
  void drop() { channel_.reset(); }

  inbound_channel& channel() { return *channel_; }
  event_loop& loop() { return loop_; }

  template <class T, class Start>
  static result<T> call(Start start) {
    auto ended = std::make_shared<std::promise<result<T>>>();
    auto future = ended->get_future();
    start(done_fn<T>([ended](result<T> r) { ended->set_value(std::move(r)); }));
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "a call never ended";
    return fail(ec::internal, "a call never ended");
  }

 private:
  event_loop loop_;
  std::unique_ptr<inbound_channel> channel_;
};

}  // namespace postroom::channels

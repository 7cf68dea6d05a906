#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/factory.hpp"

namespace postroom::channels {

/// The end of one call, to be waited for. Fails the test when `done` runs twice or not within 60 s.
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
    if (future.wait_for(std::chrono::seconds(60)) == std::future_status::ready) return future.get();
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

/// What one `fetch` gave, in the order in which it came.
struct fetched {
  using bytes = result<std::shared_ptr<const std::string>>;
  std::vector<std::pair<uint64_t, bytes>> mails;
  result<void> end;

  /// "7:hello" by the subject, or by the whole of a mail without one; or "8:not_found".
  [[nodiscard]] std::vector<std::string> brief() const {
    std::vector<std::string> out;
    for (const auto& [uid, mail] : mails) out.push_back(std::to_string(uid) + ":" + in_short(mail));
    return out;
  }
  /// The same without the numbers.
  [[nodiscard]] std::vector<std::string> subjects() const {
    std::vector<std::string> out;
    for (const auto& [uid, mail] : mails) out.push_back(in_short(mail));
    return out;
  }

 private:
  static std::string in_short(const bytes& mail) {
    if (!mail) return std::string(to_string(mail.code()));
    const std::string word = "Subject: ";
    const auto at = (*mail)->find(word);
    if (at == std::string::npos) return **mail;
    const auto begin = at + word.size();
    return (*mail)->substr(begin, (*mail)->find('\r', begin) - begin);
  }
};

/// One `fetch` under way.
class awaited_fetch {
 public:
  inbound_channel::on_mail_fn on_mail() {
    return [got = got_](const listed_mail& m, fetched::bytes mail) {
      got->mails.emplace_back(m.uid, std::move(mail));
    };
  }
  done_fn<void> done() { return end_.done(); }
  fetched get() {
    got_->end = end_.get();
    return *got_;
  }

 private:
  std::shared_ptr<fetched> got_ = std::make_shared<fetched>();
  awaited<void> end_;
};

/// An inbound channel whose calls wait for their ends, for tests that read like a story. It is made
/// by the first call, and after `drop` anew, of the settings as they are then.
class inbound_client {
 public:
  using make_fn =
      std::function<std::unique_ptr<inbound_channel>(event_loop&, inbound_settings settings)>;

  /// On a loop of its own.
  explicit inbound_client(inbound_settings s = {}, make_fn make = &make_inbound)
      : settings(std::move(s)),
        own_loop_(std::make_unique<event_loop>()),
        loop_(*own_loop_),
        make_(std::move(make)) {}
  /// On a loop that outlives it.
  inbound_client(event_loop& loop, inbound_settings s)
      : settings(std::move(s)), loop_(loop), make_(&make_inbound) {}

  inbound_settings settings;

  result<opened_mailbox> open() {
    return call<opened_mailbox>([&](auto done) { channel().open(done); });
  }
  result<listing> list(uint64_t after = 0, std::size_t max = 1'000) {
    return call<listing>([&](auto done) { channel().list(after, max, done); });
  }
  /// Opens and lists all; nothing after an error.
  std::vector<listed_mail> open_and_list() {
    const auto opened = open();
    EXPECT_TRUE(opened) << opened.error().text();
    auto got = opened ? list() : result<listing>(opened.error());
    EXPECT_TRUE(got) << got.error().text();
    return got ? std::move(got->mails) : std::vector<listed_mail>{};
  }
  fetched fetch(std::vector<listed_mail> mails) {
    awaited_fetch under_way;
    channel().fetch(std::move(mails), under_way.on_mail(), under_way.done());
    return under_way.get();
  }
  result<uint64_t> fetch_in_pieces(const listed_mail& mail, inbound_channel::on_piece_fn on_piece) {
    return call<uint64_t>([&](auto done) { channel().fetch_in_pieces(mail, on_piece, done); });
  }
  /// The whole mail and the size of each piece.
  result<uint64_t> fetch_in_pieces(const listed_mail& mail, std::string& bytes,
                                   std::vector<std::size_t>& sizes) {
    return fetch_in_pieces(mail, [&](const std::string& piece, const auto& next) {
      bytes += piece;
      sizes.push_back(piece.size());
      next();
    });
  }
  result<void> settle(std::vector<listed_mail> mails, after_commit action,
                      const std::string& folder = {}) {
    return call<void>([&](auto done) { channel().settle(std::move(mails), action, folder, done); });
  }
  result<wake> wait(duration at_most = duration{30'000}) {
    return call<wake>([&](auto done) { channel().wait(at_most, done); });
  }
  result<void> close() {
    return call<void>([&](auto done) { channel().close(done); });
  }
  /// Lets go of the channel without a good-bye.
  void drop() { channel_.reset(); }

  inbound_channel& channel() {
    if (!channel_) channel_ = make_(loop_, settings);
    return *channel_;
  }
  event_loop& loop() { return loop_; }

  /// Starts a call with the end it is given, and waits for that.
  template <class T, class Start>
  static result<T> call(Start start) {
    awaited<T> end;
    start(end.done());
    return end.get();
  }

 private:
  std::unique_ptr<event_loop> own_loop_;  ///< null: the loop is another's
  event_loop& loop_;
  make_fn make_;
  std::unique_ptr<inbound_channel> channel_;
};

}  // namespace postroom::channels

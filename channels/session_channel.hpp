#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/event_loop.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

/// An inbound channel whose session lives on the loop thread: carries each call over. The session
/// has the channel's methods and `stop(error)`. For channels/*.cpp.
template <class Session>
class session_channel final : public inbound_channel {
 public:
  template <class... Args>
  explicit session_channel(event_loop& loop, Args&&... args)
      : loop_(loop), session_(std::make_shared<Session>(loop, std::forward<Args>(args)...)) {}

  ~session_channel() override {
    loop_.post([session = std::move(session_)] {
      session->stop(fail(ec::cancelled, "the channel is gone"));
    });
  }

  void open(done_fn<opened_mailbox> done) override {
    run(std::move(done), [](auto& s, auto end) { s.open(std::move(end)); });
  }
  void list(uint64_t after, std::size_t max, done_fn<listing> done) override {
    run(std::move(done), [after, max](auto& s, auto end) { s.list(after, max, std::move(end)); });
  }
  void resume(std::string position) override {
    if constexpr (requires(Session & s) { s.resume(std::string{}); })
      loop_.post([session = session_, position = std::move(position)]() mutable {
        session->resume(std::move(position));
      });
  }
  void fetch(std::vector<listed_mail> mails, on_mail_fn on_mail, done_fn<void> done) override {
    run(std::move(done),
        [mails = std::move(mails), on_mail = std::move(on_mail)](auto& s, auto end) mutable {
          s.fetch(std::move(mails), std::move(on_mail), std::move(end));
        });
  }
  void fetch_in_pieces(listed_mail mail, on_piece_fn on_piece, done_fn<uint64_t> done) override {
    run(std::move(done),
        [mail = std::move(mail), on_piece = std::move(on_piece)](auto& s, auto end) mutable {
          s.fetch_in_pieces(std::move(mail), std::move(on_piece), std::move(end));
        });
  }
  void settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
              done_fn<void> done) override {
    run(std::move(done),
        [mails = std::move(mails), action, folder = std::move(folder)](auto& s, auto end) mutable {
          s.settle(std::move(mails), action, std::move(folder), std::move(end));
        });
  }
  void wait(duration at_most, done_fn<wake> done) override {
    run(std::move(done), [at_most](auto& s, auto end) { s.wait(at_most, std::move(end)); });
  }
  void close(done_fn<void> done) override {
    run(std::move(done), [](auto& s, auto end) { s.close(std::move(end)); });
  }

 private:
  template <class T, class Fn>
  void run(done_fn<T> done, Fn call) {
    const bool taken = loop_.post([session = session_, done, call = std::move(call)]() mutable {
      call(*session, std::move(done));
    });
    if (!taken) done(loop_stops());
  }

  event_loop& loop_;
  std::shared_ptr<Session> session_;
};

}  // namespace postroom::channels

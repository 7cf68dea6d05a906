#include "channels/imap.hpp"

#include <utility>

#include "channels/event_loop.hpp"
#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"

namespace postroom::channels {

namespace {

/// Carries each call over to the loop thread.
class imap_channel final : public inbound_channel {
 public:
  imap_channel(event_loop& loop, inbound_settings settings, duration idle_again)
      : loop_(loop),
        session_(std::make_shared<imap_session>(loop, std::move(settings), idle_again)) {}

  ~imap_channel() override {
    loop_.post([session = std::move(session_)] {
      session->shut_down(fail(ec::cancelled, "the channel was closed"));
    });
  }

  void open(done_fn<opened_mailbox> done) override { enqueue(make_imap_open(std::move(done))); }

  void list(uint64_t after, std::size_t max, done_fn<listing> done) override {
    enqueue(make_imap_list(after, max, std::move(done)));
  }

  void fetch(std::vector<listed_mail> mails, on_mail_fn on_mail, done_fn<void> done) override {
    enqueue(make_imap_fetch(std::move(mails), std::move(on_mail), std::move(done)));
  }

  void fetch_in_pieces(listed_mail mail, on_piece_fn on_piece, done_fn<uint64_t> done) override {
    enqueue(make_imap_pieces(std::move(mail), std::move(on_piece), std::move(done)));
  }

  void settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
              done_fn<void> done) override {
    enqueue(make_imap_settle(std::move(mails), action, std::move(folder), std::move(done)));
  }

  void wait(duration at_most, done_fn<wake> done) override {
    enqueue(make_imap_wait(at_most, std::move(done)));
  }

  void close(done_fn<void> done) override { enqueue(make_imap_close(std::move(done))); }

 private:
  void enqueue(std::unique_ptr<imap_job> job) {
    // std::function copies, a job does not.
    auto shared = std::make_shared<std::unique_ptr<imap_job>>(std::move(job));
    const bool taken =
        loop_.post([session = session_, shared] { session->enqueue(std::move(*shared)); });
    if (taken) return;
    const auto why = loop_stops();
    (*shared)->report(&why);
  }

  event_loop& loop_;
  std::shared_ptr<imap_session> session_;
};

}  // namespace

std::unique_ptr<inbound_channel> make_imap(event_loop& loop, inbound_settings settings,
                                           duration idle_again) {
  return std::make_unique<imap_channel>(loop, std::move(settings), idle_again);
}

}  // namespace postroom::channels

#include "channels/graph.hpp"

#include <utility>

#include "channels/event_loop.hpp"
#include "channels/graph_session.hpp"

namespace postroom::channels {
namespace {

/// Carries each call over to the loop thread, where the session lives.
class graph_channel final : public inbound_channel {
 public:
  graph_channel(event_loop& loop, inbound_settings settings)
      : loop_(loop), session_(std::make_shared<graph_session>(loop, std::move(settings))) {}

  ~graph_channel() override {
    loop_.post([session = std::move(session_)] {
      session->stop(fail(ec::cancelled, "the channel is gone"));
    });
  }

  void open(done_fn<opened_mailbox> done) override {
    run([done = std::move(done)](auto& s) mutable { s.open(std::move(done)); });
  }
  void list(uint64_t after, std::size_t max, done_fn<listing> done) override {
    run([after, max, done = std::move(done)](auto& s) mutable {
      s.list(after, max, std::move(done));
    });
  }
  void resume(std::string position) override {
    run([position = std::move(position)](auto& s) mutable { s.resume(std::move(position)); });
  }
  void fetch(std::vector<listed_mail> mails, on_mail_fn on_mail, done_fn<void> done) override {
    run([mails = std::move(mails), on_mail = std::move(on_mail), done = std::move(done)](
            auto& s) mutable { s.fetch(std::move(mails), std::move(on_mail), std::move(done)); });
  }
  void fetch_in_pieces(listed_mail mail, on_piece_fn on_piece, done_fn<uint64_t> done) override {
    run([mail = std::move(mail), on_piece = std::move(on_piece),
         done = std::move(done)](auto& s) mutable {
      s.fetch_in_pieces(std::move(mail), std::move(on_piece), std::move(done));
    });
  }
  void settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
              done_fn<void> done) override {
    run([mails = std::move(mails), action, folder = std::move(folder),
         done = std::move(done)](auto& s) mutable {
      s.settle(std::move(mails), action, std::move(folder), std::move(done));
    });
  }
  void wait(duration at_most, done_fn<wake> done) override {
    run([at_most, done = std::move(done)](auto& s) mutable { s.wait(at_most, std::move(done)); });
  }
  void close(done_fn<void> done) override {
    run([done = std::move(done)](auto& s) mutable { s.close(std::move(done)); });
  }

 private:
  template <class Fn>
  void run(Fn fn) {
    loop_.post([session = session_, fn = std::move(fn)]() mutable { fn(*session); });
  }

  event_loop& loop_;
  std::shared_ptr<graph_session> session_;
};

}  // namespace

std::unique_ptr<inbound_channel> make_graph(event_loop& loop, inbound_settings settings) {
  return std::make_unique<graph_channel>(loop, std::move(settings));
}

}  // namespace postroom::channels

#include <chrono>
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/imap_jobs.hpp"
#include "channels/imap_session.hpp"

namespace postroom::channels {

namespace {

class wait_job final : public imap_job {
 public:
  wait_job(duration at_most, done_fn<wake> done)
      : imap_job(kind::wait), at_most_(at_most), done_(std::move(done)) {}

  ~wait_job() override { stop_timers(); }

  void start(imap_session& s) override {
    session_ = &s;
    if (!s.offers("IDLE")) return finish(fail(ec::unsupported, "the server does not know IDLE"));
    if (s.news) return tell(true);
    end_timer_ = s.loop().after(at_most_, [this] {
      end_timer_ = 0;
      interrupt();
      session_->turn();
    });
    idle();
  }

  void on_continuation() override {
    if (state_ != state::asked) return;
    state_ = state::idling;
    session_->rest(true);
    if (told_) return end_idle();
    again_timer_ = session_->loop().after(session_->idle_again(), [this] {
      again_timer_ = 0;
      end_idle();
    });
  }

  void on_untagged(const imap_response& r) override {
    const bool recent =
        r.what == imap_response::kind::recent && r.number > 0 && state_ == state::idling;
    if (recent && !session_->news) {
      session_->news = true;
      session_->heard_at = std::chrono::steady_clock::now();
    }
    if (session_->news) tell(true);
  }

  void interrupt() override { tell(false); }

 private:
  enum class state { none, asked, idling, ending };

  void idle() {
    state_ = state::asked;
    session_->command(*this, "IDLE", [this](const imap_response& r) { on_answered(r); });
  }

  /// The caller is told at once; the good-bye to IDLE follows.
  void tell(bool news) {
    if (std::exchange(told_, true)) return;
    wake_ = {news, news ? session_->heard_at : std::chrono::steady_clock::now()};
    stop_timers();
    if (state_ == state::none) return finish();
    end_idle();
    if (news) std::exchange(done_, nullptr)(wake_);
  }

  void end_idle() {
    if (state_ != state::idling) return;
    state_ = state::ending;
    session_->rest(false);
    session_->send_line("DONE");
  }

  void on_answered(const imap_response& r) {
    session_->rest(false);
    stop_again_timer();
    const bool asked_to_end = state_ == state::ending;
    state_ = state::none;
    if (r.status != imap_status::ok) return finish(session_->refusal(r));
    if (told_) return finish();
    if (asked_to_end) return idle();
    tell(false);  // the server ended it by itself
  }

  void stop_again_timer() {
    if (again_timer_) session_->loop().cancel(again_timer_);
    again_timer_ = 0;
  }

  void stop_timers() {
    stop_again_timer();
    if (end_timer_) session_->loop().cancel(end_timer_);
    end_timer_ = 0;
  }

  void on_report(const error* why) override {
    stop_timers();
    if (!done_) return;
    if (why) return done_(*why);
    done_(wake_);
  }

  duration at_most_;
  done_fn<wake> done_;
  imap_session* session_ = nullptr;
  state state_ = state::none;
  bool told_ = false;
  wake wake_;
  uint64_t end_timer_ = 0;
  uint64_t again_timer_ = 0;
};

class close_job final : public imap_job {
 public:
  explicit close_job(done_fn<void> done) : imap_job(kind::close), done_(std::move(done)) {}

  void start(imap_session& s) override {
    s.command(*this, "LOGOUT", [this](const imap_response&) { finish(); });
  }

 private:
  void on_report(const error* why) override {
    if (why) return done_(*why);
    done_({});
  }

  done_fn<void> done_;
};

}  // namespace

std::unique_ptr<imap_job> make_imap_wait(duration at_most, done_fn<wake> done) {
  return std::make_unique<wait_job>(at_most, std::move(done));
}

std::unique_ptr<imap_job> make_imap_close(done_fn<void> done) {
  return std::make_unique<close_job>(std::move(done));
}

}  // namespace postroom::channels

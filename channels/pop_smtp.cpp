// The outbound channel for SMTP servers that are open to whoever signed in by POP3 a moment ago.
#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "channels/event_loop_internals.hpp"
#include "channels/factory.hpp"
#include "channels/pop_sign_in.hpp"

namespace postroom::channels {
namespace {

/// Mails that wait for the sign-in, at most; more are ec::overloaded.
constexpr std::size_t max_waiting = 1'000;
constexpr duration fresh{1'000};  // a sign-in so young cannot have been forgotten

send_report report_for(ec code) {
  send_report out;
  out.code = code;
  return out;
}

/// Loop thread only.
class pop_gate : public std::enable_shared_from_this<pop_gate> {
 public:
  pop_gate(event_loop& loop, outbound_settings settings)
      : loop_(loop), pop_(settings.pop), window_(settings.pop_window) {
    smtp_ = make_smtp(loop, std::move(settings));
  }

  void send(envelope mail, std::function<void(send_report)> done);
  void close();

 private:
  struct waiting {
    envelope mail;
    std::function<void(send_report)> done;
    bool repeated = false;
  };

  void take(waiting w);
  void hand_over(waiting w);
  void on_report(waiting w, send_report r);
  [[nodiscard]] duration age() const {
    return std::chrono::duration_cast<duration>(std::chrono::steady_clock::now() - signed_in_at_);
  }
  void sign_in();
  void on_signed_in(const result<void>& r);
  void end_waiting(const send_report& why);

  event_loop& loop_;
  endpoint pop_;
  duration window_;
  std::unique_ptr<outbound_channel> smtp_;
  std::shared_ptr<pop_sign_in> under_way_;
  std::deque<waiting> waiting_;
  std::chrono::steady_clock::time_point signed_in_at_{};
  bool was_signed_in_ = false;
  bool closed_ = false;
  uint64_t stop_hook_ = 0;
};

void pop_gate::send(envelope mail, std::function<void(send_report)> done) {
  take({std::move(mail), std::move(done)});
}

/// A quarter of the window is left for the mail that comes just before the next sign-in.
void pop_gate::take(waiting w) {
  if (closed_) return w.done(report_for(ec::cancelled));
  if (was_signed_in_ && age() < window_ * 3 / 4) return hand_over(std::move(w));
  if (waiting_.size() >= max_waiting) return w.done(report_for(ec::overloaded));
  waiting_.push_back(std::move(w));
  if (!under_way_) sign_in();
}

void pop_gate::hand_over(waiting w) {
  auto mail = w.mail;
  smtp_->send(std::move(mail), [weak = weak_from_this(), w = std::move(w)](send_report r) mutable {
    const auto self = weak.lock();
    if (!self) return w.done(std::move(r));
    self->on_report(std::move(w), std::move(r));
  });
}

/// A server may have forgotten the sign-in before its time, or the mail waited long behind others:
/// "relaying denied" is then no word about the recipient. So a mail that is refused for good is
/// tried once more, right after another sign-in.
void pop_gate::on_report(waiting w, send_report r) {
  const bool verdict = w.repeated || closed_ || age() < std::min(fresh, window_ / 10);
  if (!r.permanent || r.reply_code < 500 || verdict) return w.done(std::move(r));
  w.repeated = true;
  was_signed_in_ = false;
  take(std::move(w));
}

void pop_gate::sign_in() {
  under_way_ = std::make_shared<pop_sign_in>(loop_, pop_);
  stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->close();
  });
  under_way_->start([weak = weak_from_this()](const result<void>& r) {
    if (auto self = weak.lock()) self->on_signed_in(r);
  });
}

void pop_gate::on_signed_in(const result<void>& r) {
  under_way_.reset();
  loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  if (!r) {
    auto why = report_for(r.code());
    why.server_wide = true;
    why.reply = ("POP3 sign-in: " + r.error().detail).substr(0, 500);
    return end_waiting(why);
  }
  was_signed_in_ = true;
  signed_in_at_ = std::chrono::steady_clock::now();
  for (auto& w : std::exchange(waiting_, {})) hand_over(std::move(w));
}

void pop_gate::end_waiting(const send_report& why) {
  for (auto& w : std::exchange(waiting_, {})) w.done(why);
}

void pop_gate::close() {
  const auto self = shared_from_this();
  closed_ = true;
  if (under_way_) std::exchange(under_way_, nullptr)->close();
  loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  end_waiting(report_for(ec::cancelled));
  smtp_->close();
}

/// Carries each call over to the loop thread.
class pop_outbound final : public outbound_channel {
 public:
  pop_outbound(event_loop& loop, outbound_settings settings)
      : loop_(loop), gate_(std::make_shared<pop_gate>(loop, std::move(settings))) {}
  ~pop_outbound() override {
    loop_.post([gate = std::move(gate_)] { gate->close(); });
  }

  void send(envelope mail, std::function<void(send_report)> done) override {
    loop_.post([gate = gate_, mail = std::move(mail), done = std::move(done)]() mutable {
      gate->send(std::move(mail), std::move(done));
    });
  }
  void close() override {
    loop_.post([gate = gate_] { gate->close(); });
  }

 private:
  event_loop& loop_;
  std::shared_ptr<pop_gate> gate_;
};

}  // namespace

std::unique_ptr<outbound_channel> make_pop_smtp(event_loop& loop, outbound_settings settings) {
  return std::make_unique<pop_outbound>(loop, std::move(settings));
}

}  // namespace postroom::channels

// The outbound channel for SMTP: a queue and a few connections that carry it away.
#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "channels/event_loop_internals.hpp"
#include "channels/factory.hpp"
#include "channels/smtp_session.hpp"

namespace postroom::channels {
namespace {

/// Mails that wait for a connection, at most; more are ec::overloaded.
constexpr std::size_t max_queued = 1'000;

send_report report_for(ec code, bool permanent = false) {
  send_report out;
  out.code = code;
  out.permanent = permanent;
  return out;
}

/// Loop thread only. Lives as long as one of its sessions or the channel.
class smtp_pool final : public smtp_session::owner, public std::enable_shared_from_this<smtp_pool> {
 public:
  smtp_pool(event_loop& loop, outbound_settings settings)
      : loop_(loop), settings_(std::move(settings)) {
    settings_.max_connections = std::max(settings_.max_connections, 1u);
    allowed_ = settings_.max_connections;
  }

  void send(smtp_job job);
  /// Ends what waits and what can still be taken back; a mail whose end is with the server gets its
  /// answer, in time.
  void close();
  /// Ends everything at once.
  void stop();

 private:
  using session_ptr = std::shared_ptr<smtp_session>;

  void on_sent(smtp_session& session, smtp_job job, send_report report) override;
  void on_over(smtp_session& session, smtp_session::progress how_far, std::optional<smtp_job> job,
               send_report why) override;
  void dispatch();
  void open_session();
  void forget(const smtp_session& session);
  void fail_all(const send_report& why);
  void end_sessions(bool also_past_the_end);

  event_loop& loop_;
  outbound_settings settings_;
  std::deque<smtp_job> queue_;
  std::vector<session_ptr> sessions_;
  std::size_t allowed_ = 1;  ///< connections the server seems to grant us
  bool closed_ = false;
  bool dispatching_ = false;
  uint64_t stop_hook_ = 0;
  std::shared_ptr<smtp_pool> self_;  ///< while there are sessions
};

void smtp_pool::send(smtp_job job) {
  if (closed_) return job.done(report_for(ec::cancelled));
  const auto& mail = job.mail;
  const bool safe = is_safe_address(mail.to) && (mail.from.empty() || is_safe_address(mail.from));
  if (!safe || !mail.message) {
    auto refused = report_for(ec::recipient_refused, true);
    refused.reply =
        safe ? "there is no message" : "the address holds characters that no address may hold";
    return job.done(refused);
  }
  if (queue_.size() >= max_queued) return job.done(report_for(ec::overloaded));
  queue_.push_back(std::move(job));
  dispatch();
}

/// Gives waiting mails to idle sessions, then to new ones. A session may be idle again at once (a
/// mail it cannot take); the loop sees that, so no call nests into another.
void smtp_pool::dispatch() {
  if (dispatching_) return;
  dispatching_ = true;
  while (!queue_.empty()) {
    auto idle =
        std::find_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return s->idle(); });
    if (idle == sessions_.end() && sessions_.size() >= allowed_) break;
    if (idle == sessions_.end()) {
      open_session();
      continue;
    }
    auto session = *idle;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    session->send(std::move(job));
  }
  dispatching_ = false;
}

void smtp_pool::open_session() {
  if (stop_hook_ == 0) {
    stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->stop();
    });
  }
  self_ = shared_from_this();
  auto session = std::make_shared<smtp_session>(loop_, settings_, *this);
  sessions_.push_back(session);
  auto job = std::move(queue_.front());
  queue_.pop_front();
  session->open(std::move(job));
}

void smtp_pool::on_sent(smtp_session& session, smtp_job job, send_report report) {
  job.done(std::move(report));
  if (closed_) {
    session.close();
    forget(session);
  }
  dispatch();
}

void smtp_pool::on_over(smtp_session& session, smtp_session::progress how_far,
                        std::optional<smtp_job> job, send_report why) {
  using enum smtp_session::progress;
  auto self = shared_from_this();
  forget(session);
  if (closed_) {
    if (job) job->done(std::move(why));
    return;
  }
  if (how_far == connecting && !sessions_.empty()) {
    // The server takes some connections of ours, only no further one: those carry this mail too.
    allowed_ = sessions_.size();
    queue_.push_front(std::move(*job));
  } else if (how_far == connecting) {
    job->done(why);
    fail_all(why);  // none of the waiting ones would fare better
  } else if (job && how_far == untouched && !job->repeated) {
    job->repeated = true;
    queue_.push_front(std::move(*job));
  } else if (job) {
    job->done(std::move(why));
  }
  dispatch();
}

void smtp_pool::forget(const smtp_session& session) {
  std::erase_if(sessions_, [&](const auto& s) { return s.get() == &session; });
  if (!sessions_.empty()) return;
  allowed_ = settings_.max_connections;
  loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  // The caller may stand in one of our own methods.
  loop_.post([self = std::exchange(self_, nullptr)] {});
}

void smtp_pool::fail_all(const send_report& why) {
  for (auto& job : std::exchange(queue_, {})) job.done(why);
}

void smtp_pool::end_sessions(bool also_past_the_end) {
  auto self = shared_from_this();
  for (auto& session : std::vector(sessions_)) {
    if (session->past_the_end() && !also_past_the_end) continue;
    auto job = session->close();
    forget(*session);
    if (job) job->done(report_for(ec::cancelled));
  }
}

void smtp_pool::close() {
  closed_ = true;
  fail_all(report_for(ec::cancelled));
  end_sessions(false);
}

void smtp_pool::stop() {
  closed_ = true;
  fail_all(report_for(ec::cancelled));
  end_sessions(true);
}

/// Carries each call over to the loop thread.
class smtp_channel final : public outbound_channel {
 public:
  smtp_channel(event_loop& loop, outbound_settings settings)
      : loop_(loop), pool_(std::make_shared<smtp_pool>(loop, std::move(settings))) {}
  ~smtp_channel() override {
    loop_.post([pool = std::move(pool_)] { pool->close(); });
  }

  void send(envelope mail, std::function<void(send_report)> done) override {
    loop_.post([pool = pool_, job = smtp_job{std::move(mail), std::move(done)}]() mutable {
      pool->send(std::move(job));
    });
  }
  void close() override {
    loop_.post([pool = pool_] { pool->close(); });
  }

 private:
  event_loop& loop_;
  std::shared_ptr<smtp_pool> pool_;
};

}  // namespace

std::unique_ptr<outbound_channel> make_smtp(event_loop& loop, outbound_settings settings) {
  return std::make_unique<smtp_channel>(loop, std::move(settings));
}

}  // namespace postroom::channels

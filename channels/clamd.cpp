// The scanner that is clamd: a queue and a few connections that carry it away.
#include "channels/clamd.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "channels/clamd_reply.hpp"
#include "channels/clamd_session.hpp"
#include "channels/event_loop_internals.hpp"

namespace postroom::channels {
namespace {

/// Loop thread only. Lives as long as one of its sessions or the scanner.
class clamd_pool final : public std::enable_shared_from_this<clamd_pool> {
 public:
  struct job {
    std::shared_ptr<const std::string> mail;  ///< null: PING
    clamd_session::answer_fn done;
  };

  clamd_pool(event_loop& loop, clamd_settings settings)
      : loop_(loop), settings_(std::move(settings)) {
    settings_.max_connections = std::max(settings_.max_connections, 1u);
  }

  void add(job j);
  /// Ends everything at once.
  void close();

 private:
  void dispatch();
  void open(job j);
  void ended(const clamd_session* session);

  struct running {
    std::shared_ptr<clamd_session> session;
    clamd_session::answer_fn done;
  };

  event_loop& loop_;
  clamd_settings settings_;
  std::deque<job> queue_;
  std::vector<running> running_;
  bool closed_ = false;
  uint64_t stop_hook_ = 0;
  std::shared_ptr<clamd_pool> self_;  ///< while there are sessions
};

void clamd_pool::add(job j) {
  if (closed_) return j.done(fail(ec::cancelled));
  if (queue_.size() >= settings_.max_queued) return j.done(fail(ec::overloaded));
  if (j.mail)
    queue_.push_back(std::move(j));
  else
    queue_.push_front(std::move(j));
  dispatch();
}

void clamd_pool::dispatch() {
  while (!queue_.empty() && running_.size() < settings_.max_connections) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    open(std::move(next));
  }
}

void clamd_pool::open(job j) {
  if (stop_hook_ == 0)
    stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->close();
    });
  self_ = shared_from_this();
  auto session = std::make_shared<clamd_session>(loop_, settings_, std::move(j.mail));
  auto* one = session.get();
  running_.push_back({std::move(session), std::move(j.done)});
  one->start([this, one](result<clamd_session::reply> r) {
    const auto keep = shared_from_this();
    const auto found =
        std::ranges::find_if(running_, [&](const auto& x) { return x.session.get() == one; });
    const auto done = std::move(found->done);
    ended(one);
    done(std::move(r));
    dispatch();
  });
}

void clamd_pool::ended(const clamd_session* session) {
  std::erase_if(running_, [&](const auto& x) { return x.session.get() == session; });
  if (!running_.empty()) return;
  loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  // The caller may stand in one of our own methods.
  loop_.post([self = std::exchange(self_, nullptr)] {});
}

void clamd_pool::close() {
  closed_ = true;
  const auto self = shared_from_this();
  for (auto& waiting : std::exchange(queue_, {})) waiting.done(fail(ec::cancelled));
  for (auto& each : std::vector(running_)) {
    each.session->close();
    ended(each.session.get());
    each.done(fail(ec::cancelled));
  }
}

/// Carries each call over to the loop thread.
class clamd_scanner final : public mail_scanner {
 public:
  clamd_scanner(event_loop& loop, clamd_settings settings)
      : loop_(loop), pool_(std::make_shared<clamd_pool>(loop, std::move(settings))) {}
  ~clamd_scanner() override {
    loop_.post([pool = std::move(pool_)] { pool->close(); });
  }

  void scan(std::shared_ptr<const std::string> mail, done_fn<scan_verdict> done) override {
    if (mail->size() > UINT32_MAX) {  // its length would not fit into the protocol
      loop_.post([done] { done(scan_verdict{scan_verdict::kind::too_large, {}}); });
      return;
    }
    add({std::move(mail), [done = std::move(done)](result<clamd_session::reply> r) {
           if (!r) return done(r.error());
           done(read_scan_reply(r->line, r->whole));
         }});
  }
  void ping(done_fn<void> done) override {
    add({nullptr, [done = std::move(done)](result<clamd_session::reply> r) {
           if (!r) return done(r.error());
           done(read_ping_reply(r->line));
         }});
  }

 private:
  void add(clamd_pool::job j) {
    loop_.post([pool = pool_, j = std::move(j)]() mutable { pool->add(std::move(j)); });
  }

  event_loop& loop_;
  std::shared_ptr<clamd_pool> pool_;
};

}  // namespace

std::unique_ptr<mail_scanner> make_clamd(event_loop& loop, clamd_settings settings) {
  return std::make_unique<clamd_scanner>(loop, std::move(settings));
}

}  // namespace postroom::channels

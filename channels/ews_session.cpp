#include "channels/ews_session.hpp"

#include <utility>

#include "channels/event_loop_internals.hpp"

namespace postroom::channels {

ews_session::ews_session(event_loop& loop, inbound_settings settings, ews_wait_pauses pauses)
    : loop_(loop), settings_(std::move(settings)), pauses_(pauses) {}

void ews_session::enqueue(job j) {
  if (ended_) return j.end(*ended_);
  if (!stop_hook_)
    stop_hook_ =
        loop_.internals().on_stop([self = shared_from_this()] { self->stop(loop_stops()); });
  waiting_.push_back(std::move(j));
  if (waiting_for_news_) end_wait(waiting_for_news_, wake{});
  start_next();
}

/// A loop, not a recursion: calls that need no server end at once.
void ews_session::start_next() {
  if (starting_) return;
  starting_ = true;
  while (!current_ && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    current_ = std::move(next.end);
    next.start();
  }
  starting_ = false;
}

void ews_session::end_current() {
  current_ = nullptr;
}

void ews_session::stop(error why) {
  if (ended_) return;
  const auto self = shared_from_this();
  ended_ = std::move(why);
  if (stop_hook_) loop_.internals().forget_stop(stop_hook_);
  if (requester_) requester_->cancel_all();
  autodiscover_.reset();
  waiting_for_news_.reset();
  fetching_.reset();
  if (auto end = std::exchange(current_, nullptr)) end(*ended_);
  for (auto& j : std::exchange(waiting_, {})) j.end(*ended_);
}

void ews_session::ask(std::string body, std::function<void(result<ews_message>)> then) {
  requester_->start({.body = std::move(body)}, [then = std::move(then)](result<answer> got) {
    if (!got) return then(got.error());
    auto& first = got->front();
    if (!first.ok()) return then(ews_error(first));
    then(std::move(first));
  });
}

void ews_session::close(done_fn<void> done) {
  enqueue({[this, done] {
             const auto finish = [this, done] {
               conclude<void>(done, {});
               stop(fail(ec::cancelled, "the channel was closed"));
             };
             if (subscription_.empty()) return finish();
             // Best effort: the server forgets it by itself half an hour later.
             ask(ews_text::unsubscribe(std::exchange(subscription_, {})),
                 [finish](auto) { finish(); });
           },
           [done](const error& why) { done(why); }});
}

}  // namespace postroom::channels

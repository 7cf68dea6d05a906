// How an EWS session hears of new mails: a streaming subscription.
#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "channels/ews_session.hpp"

namespace postroom::channels {
namespace {

constexpr unsigned max_reconnects = 5;  // in a row, of streams that did not last
constexpr duration lasting{30'000};
constexpr int64_t max_minutes = 30;  // that a server keeps a stream open
constexpr unsigned max_lost = 5;     // subscriptions in a row, without an event

}  // namespace

struct ews_session::wait_job {
  done_fn<wake> done;
  std::chrono::steady_clock::time_point until;
  ews_requester::id request = 0;
  uint64_t timer = 0;  ///< the end of the wait
  uint64_t pause = 0;  ///< before the next connection
  unsigned failures = 0;
  std::chrono::steady_clock::time_point begun;  ///< the stream
  bool news = false;
  bool lost = false;  ///< the server knows the subscription no more
};

void ews_session::wait(duration at_most, done_fn<wake> done) {
  auto j = std::make_shared<wait_job>();
  j->done = done;
  auto start = [this, j, at_most] {
    if (!opened_) return conclude<wake>(j->done, not_opened());
    if (!can_wait_)
      return conclude<wake>(j->done, fail(ec::unsupported, "this mailbox has no notifications"));
    if (!waiting_.empty()) return conclude<wake>(j->done, wake{});  // a call came meanwhile
    waiting_for_news_ = j;
    j->until = std::chrono::steady_clock::now() + at_most;
    j->timer = loop_.after(at_most, [this, j] {
      j->timer = 0;
      end_wait(j, wake{});
    });
    listen(j);
  };
  enqueue({std::move(start), [this, j, done](const error& why) {
             loop_.cancel(j->timer);
             loop_.cancel(j->pause);
             done(why);
           }});
}

void ews_session::listen(const std::shared_ptr<wait_job>& j) {
  if (subscription_.empty()) return subscribe_anew(j);
  j->begun = std::chrono::steady_clock::now();
  const auto left =
      std::chrono::ceil<std::chrono::minutes>(j->until - std::chrono::steady_clock::now());
  const auto minutes = std::clamp<int64_t>(left.count(), 1, max_minutes);
  ews_requester::call c;
  c.body = ews_text::stream(subscription_, static_cast<unsigned>(minutes));
  // Inside libcurl: what must be done about it is done outside.
  c.on_envelope = [this, j](const std::string& envelope) { hear(j, envelope); };
  j->request = requester_->start(std::move(c), [this, j](result<answer> got) {
    j->request = 0;
    stream_ended(j, std::move(got));
  });
}

/// Not at once when the server forgets one subscription after the other; and not at all when it
/// does so always: then the wait lasts its time, and whoever waits looks for himself after it.
void ews_session::subscribe_anew(const std::shared_ptr<wait_job>& j) {
  if (lost_in_a_row_ >= max_lost) return;
  const auto left = std::chrono::ceil<duration>(subscribe_at_ - std::chrono::steady_clock::now());
  if (left > duration{0}) {
    j->pause = loop_.after(left, [this, j] {
      j->pause = 0;
      listen(j);
    });
    return;
  }
  subscribe([this, j](result<void> done) {
    // Something may have come while there was none: that counts as news.
    end_wait(j, done ? result<wake>(wake{true, std::chrono::steady_clock::now()}) : done.error());
  });
}

/// The first is replaced at once, for a server that was started anew knows none of before.
void ews_session::subscription_lost(const std::shared_ptr<wait_job>& j) {
  const auto now = std::chrono::steady_clock::now();
  subscription_.clear();
  if (now - j->begun > lasting) lost_in_a_row_ = 0;
  if (++lost_in_a_row_ >= max_lost) return end_wait(j, wake{true, now});
  if (lost_in_a_row_ > 1)
    subscribe_at_ = now + backoff_delay(pauses_.subscription, lost_in_a_row_ - 1, &system_random);
  listen(j);
}

void ews_session::hear(const std::shared_ptr<wait_job>& j, const std::string& envelope) {
  const auto heard_at = std::chrono::steady_clock::now();
  const auto said = read_ews_answer(envelope);
  if (!said) return;  // what is no envelope tells nothing; the listing finds what there is
  for (const auto& message : *said) {
    if (!message.ok() && !message.busy) j->lost = true;
    if (!message.events.empty()) lost_in_a_row_ = 0;
    for (const auto& event : message.events) {
      // What left the folder, as it does by our own hand, is no news.
      const bool left = event.kind == "Moved" && event.old_parent == folder_.id;
      const bool came = event.kind == "NewMail" || event.kind == "Created" || event.kind == "Moved";
      j->news = j->news || (came && !left);
    }
  }
  if (!j->news) return;
  loop_.after(duration{0}, [weak = weak_from_this(), j, heard_at] {
    if (const auto self = weak.lock()) self->end_wait(j, wake{true, heard_at});
  });
}

/// The server ends a stream when its time is over; connections break; subscriptions are forgotten.
void ews_session::stream_ended(const std::shared_ptr<wait_job>& j, result<answer> got) {
  if (waiting_for_news_ != j || j->news) return;
  if (!got && got.error().permanent()) return end_wait(j, got.error());
  if (j->lost) return subscription_lost(j);
  if (std::chrono::steady_clock::now() - j->begun > lasting) j->failures = 0;
  if (++j->failures > max_reconnects)
    return end_wait(
        j, got ? fail(ec::connection_lost, "the stream of events ends at once") : got.error());
  j->pause = loop_.after(backoff_delay(pauses_.stream, j->failures, &system_random), [this, j] {
    j->pause = 0;
    listen(j);
  });
}

/// By value: it may be the last to know the wait.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void ews_session::end_wait(std::shared_ptr<wait_job> j, result<wake> got) {
  if (waiting_for_news_ != j) return;
  waiting_for_news_.reset();
  loop_.cancel(j->timer);
  loop_.cancel(j->pause);
  requester_->cancel_all();
  conclude<wake>(j->done, std::move(got));
}

}  // namespace postroom::channels

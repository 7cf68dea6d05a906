#include "channels/graph_subscription.hpp"

#include <algorithm>
#include <utility>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/graph_json.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

using steady = std::chrono::steady_clock;

constexpr duration longest_pause{3'600'000};
/// What Graph allows for mails.
constexpr std::chrono::minutes longest_life{4'230};
/// For the deletion, and an answer that is still to come before it.
constexpr duration patience{3'000};

}  // namespace

graph_subscription::graph_subscription(event_loop& loop, const inbound_settings& settings,
                                       std::string path, news_fn on_news)
    : loop_(loop),
      notices_(settings.notices),
      url_(settings.notification_url),
      path_(std::move(path)),
      name_(settings.name),
      life_(std::min<duration>(settings.notification_life, longest_life)),
      retry_(settings.notification_retry),
      on_news_(std::move(on_news)),
      api_(std::make_shared<graph_api>(loop, settings.server, settings.url, settings.user,
                                       settings.max_requests)) {}

graph_subscription::~graph_subscription() {
  forget_state();
}

void graph_subscription::forget_state() {
  if (!state_.empty()) notices_->forget(std::exchange(state_, {}));
}

std::string graph_subscription::target() const {
  return "/subscriptions/" + url_escape(id_);
}

void graph_subscription::ask(std::string method, std::string target, std::string body,
                             answer_fn then) {
  graph_request request;
  request.method = std::move(method);
  request.target = std::move(target);
  if (!body.empty()) request.body = std::make_shared<const std::string>(std::move(body));
  request.repeatable = request.method != "POST";  // or there may be two
  asking_ = true;
  api_->start(std::move(request), [weak = weak_from_this(), then](result<http_answer> got) {
    const auto self = weak.lock();
    if (!self || self->finished_) return;
    self->asking_ = false;
    if (got && got->status / 100 != 2) got = graph_error(*got);
    (*self.*then)(std::move(got));
  });
}

/// Each has a client state of its own: what is told late of an earlier one concerns nobody.
void graph_subscription::make() {
  lost_ = false;
  state_ = notices_->listen(loop_, [weak = weak_from_this()](const graph_news& told) {
    if (const auto self = weak.lock()) self->hear(told);
  });
  if (state_.empty()) return put_off(fail(ec::overloaded, "too many mailboxes are subscribed"));
  ask("POST", "/subscriptions", write_graph_subscription(url_, path_, state_, system_now() + life_),
      &graph_subscription::on_made);
}

void graph_subscription::on_made(result<http_answer> got) {
  if (got && !leaving_) made_at_ = steady::now();
  take(std::move(got));
  if (!id_.empty() && !leaving_) on_news_(news::subscribed, steady::now());
}

void graph_subscription::renew() {
  const auto until = system_now() + life_;
  ask("PATCH", target(), write_graph_text("expirationDateTime", render_time(until)),
      &graph_subscription::on_renewed);
}

void graph_subscription::on_renewed(result<http_answer> got) {
  const bool gone = got.code() == ec::not_found || got.code() == ec::position_lost;
  if ((gone || lost_) && !leaving_) return make_anew();
  take(std::move(got));
}

/// What became of making or renewing it.
void graph_subscription::take(result<http_answer> got) {
  const auto made = got ? read_graph_subscription(got->body) : result<graph_made>{got.error()};
  if (made) id_ = made->id;
  if (leaving_) return say_goodbye();
  if (!made) return put_off(made.error());
  if (lost_) return make_anew();
  if (std::exchange(failures_, 0) > 0) log::info("change_notifications_work", {{"mailbox", name_}});
  const auto now = system_now();
  const auto left = std::min(made->until.value_or(now + life_) - now, life_);
  // A life that is over at once must not make us ask without end.
  plan(std::max(left / 2, retry_), &graph_subscription::renew);
}

void graph_subscription::hear(const graph_news& told) {
  if (told.changed) on_news_(news::mail, told.heard_at);
  if (leaving_) return;
  if (told.removed) {
    lost_ = true;
    if (!asking_) make_anew();
  } else if (told.renew && !asking_ && !id_.empty()) {
    loop_.cancel(std::exchange(timer_, 0));
    renew();
  }
}

/// One that is lost as soon as it was made must not make us ask without end.
void graph_subscription::make_anew() {
  forget_state();
  id_.clear();
  const auto age = std::chrono::floor<duration>(steady::now() - made_at_);
  plan(std::max(retry_ - age, duration{0}), &graph_subscription::make);
}

void graph_subscription::put_off(const error& why) {
  if (++failures_ == 1)
    log::warn("change_notifications_not_made", {{"mailbox", name_}, {"error", why.text()}});
  if (id_.empty()) forget_state();
  plan(backoff_delay({retry_, std::max(longest_pause, retry_)}, failures_, system_random),
       id_.empty() ? &graph_subscription::make : &graph_subscription::renew);
}

void graph_subscription::plan(duration pause, step_fn step) {
  loop_.cancel(std::exchange(timer_, 0));
  timer_ = loop_.after(pause, [weak = weak_from_this(), step] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_ = 0;
    (*self.*step)();
  });
}

void graph_subscription::leave(std::function<void()> done) {
  const auto self = shared_from_this();
  leaving_ = true;
  left_ = std::move(done);
  forget_state();
  loop_.cancel(std::exchange(timer_, 0));
  if (!asking_ && id_.empty()) return finish();
  stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
    if (const auto me = weak.lock()) me->finish();
  });
  timer_ = loop_.after(patience, [self] { self->finish(); });  // so long it lives by itself
  if (!asking_) say_goodbye();
}

void graph_subscription::say_goodbye() {
  if (id_.empty()) return finish();
  ask("DELETE", target(), {}, &graph_subscription::on_goodbye);
}

/// What could not be deleted ends with its life.
void graph_subscription::on_goodbye(result<http_answer> got) {
  static_cast<void>(got);
  finish();
}

void graph_subscription::finish() {
  if (std::exchange(finished_, true)) return;
  const auto self = shared_from_this();
  loop_.cancel(std::exchange(timer_, 0));
  if (stop_hook_ != 0) loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
  api_->stop();
  if (const auto done = std::exchange(left_, nullptr)) done();
}

}  // namespace postroom::channels

#include "channels/oauth_client.hpp"

#include <algorithm>

namespace postroom::channels {

namespace {

constexpr duration good_for{60'000};   // what `get` promises
constexpr duration renew_at{300'000};  // before the end
constexpr std::size_t max_waiters = 65'536;
constexpr backoff_policy passing{duration{1'000}, duration{300'000}};
constexpr backoff_policy lasting{duration{30'000}, duration{900'000}};  // a person must act
constexpr duration refusal_back{300'000};  // one more refusal may drop a token after this
constexpr duration store_again{5'000};

}  // namespace

std::shared_ptr<oauth_client> oauth_client::make(oauth_world world, oauth_settings settings,
                                                 std::shared_ptr<oauth_keeper> keeper) {
  return std::make_shared<oauth_engine>(std::move(world), std::move(settings), std::move(keeper));
}

oauth_engine::~oauth_engine() {
  // Without a hook there is no loop to be told: it was never asked, or has ended.
  if (const auto hook = std::exchange(stop_hook_, 0))
    world_.post([forget = world_.forget_stop, hook] { forget(hook); });
  stop();
}

void oauth_engine::listen_for_stop() {
  if (stop_hook_) return;
  stop_hook_ = world_.on_stop([self = weak_from_this()] {
    const auto x = self.lock();
    if (!x) return;
    x->stop_hook_ = 0;
    x->stop();
  });
}

void oauth_engine::stop() {
  stopped_ = true;
  waiters_.clear();  // each of them is an open end
  next_jobs_.clear();
  for (auto& [id, end] : std::exchange(open_ends_, {})) end();
}

oauth_state oauth_engine::state() const {
  std::lock_guard lock{mutex_};
  return shown_;
}

void oauth_engine::note() {
  std::lock_guard lock{mutex_};
  shown_.token_until = token_.empty() ? time_point{} : until_;
  shown_.trouble = trouble_;
  shown_.requests = requests_;
}

void oauth_engine::get(done_fn<std::string> done) {
  on_loop<std::string>(std::move(done),
                       [](oauth_engine& x, auto end) { x.on_get(std::move(end)); });
}

/// A token of a short life is good for a quarter of it; else nobody would ever get one.
bool oauth_engine::is_usable(time_point now) const {
  return !token_.empty() && now + std::min(good_for, life_ / 4) < until_;
}

bool oauth_engine::is_due(time_point now) const {
  const auto ahead = std::max(std::min(renew_at, life_ / 10), 2 * std::min(good_for, life_ / 4));
  return now + ahead >= until_;
}

void oauth_engine::on_get(done_fn<std::string> done) {
  const auto now = world_.clock();
  const bool may_ask = !busy_ && now >= not_before_;
  if (is_usable(now)) {
    if (is_due(now) && may_ask) alone([this] { begin_renewal(); });
    return done(token_);
  }
  if (!busy_ && !may_ask && trouble_) return done(*trouble_);
  if (waiters_.size() >= max_waiters)
    return done(fail(ec::overloaded, "too many wait for one token"));
  waiters_.push_back(std::move(done));
  if (!busy_) alone([this] { begin_renewal(); });
}

void oauth_engine::alone(job work) {
  if (busy_) return next_jobs_.push_back(std::move(work));
  busy_ = true;
  work();
}

void oauth_engine::free() {
  busy_ = false;
  note();
  if (next_jobs_.empty()) {
    if (waiters_.empty()) return;
    // They came while something else was done.
    if (is_usable(world_.clock())) return answer_waiters(token_);
    return alone([this] { begin_renewal(); });
  }
  auto next = std::move(next_jobs_.front());
  next_jobs_.pop_front();
  alone(std::move(next));
}

void oauth_engine::answer_waiters(const result<std::string>& with) {
  for (auto& done : std::exchange(waiters_, {})) done(with);
}

void oauth_engine::begin_renewal() {
  const auto self = shared_from_this();
  if (retired_) return failed(retired(), {});
  // The provider may have dropped the old one already: first of all the new one must be safe.
  if (unsaved_) return keep(*unsaved_);
  keeper_->proof([self](const result<oauth_proof>& proof) {
    if (!proof) return self->failed(proof.error(), {});
    if (self->settings_.grant == oauth_grant::client_credentials)
      return self->ask_for_token(*proof, {});
    self->load_refresh_token(*proof);
  });
}

void oauth_engine::load_refresh_token(const oauth_proof& proof) {
  keeper_->load([self = shared_from_this(), proof](const result<std::string>& token) {
    if (!token) return self->failed(token.error(), {});
    self->ask_for_token(proof, *token);
  });
}

void oauth_engine::ask_for_token(const oauth_proof& proof, const std::string& refresh_token) {
  const bool person = !refresh_token.empty();
  form_fields fields{{"grant_type", person ? "refresh_token" : "client_credentials"}};
  if (person) fields.emplace_back("refresh_token", refresh_token);
  // RFC 6749, 6: without it a renewal asks for what was granted.
  if (!person && !settings_.scopes.empty())
    fields.emplace_back("scope", scope_of(settings_.scopes));
  auto request = make_request(settings_.token_url, std::move(fields), proof);
  if (!request) return failed(request.error(), {});
  ask(std::move(*request), [self = shared_from_this(), refresh_token](const auto& answer) {
    self->on_token(answer, refresh_token);
  });
}

void oauth_engine::on_token(const result<http_answer>& answer, const std::string& sent) {
  if (!answer) return failed(answer.error(), {});
  if (answer->status != 200) {
    const auto step = sent.empty() ? oauth_step::application : oauth_step::renew;
    const auto refusal = read_refusal(*answer, step, world_.clock());
    return failed(refusal.why, refusal.retry_after);
  }
  auto token = read_token(*answer);
  if (!token) return failed(token.error(), {});
  token->until = world_.clock() + token->life;
  if (sent.empty()) {
    adopt(*token);
    return free();
  }
  if (token->refresh_token.empty()) token->refresh_token = sent;
  keep(std::move(*token));
}

/// Stores the refresh token, also an old one: that it was taken counts for how long it is good.
void oauth_engine::keep(token_answer answer) {
  unsaved_ = std::move(answer);
  keeper_->store(
      unsaved_->refresh_token, std::nullopt,
      [self = shared_from_this()](const result<void>& stored) { self->on_kept(stored); });
}

void oauth_engine::on_kept(result<void> stored) {
  if (!stored) {
    failures_ = 0;
    return failed(stored.error(), store_again);
  }
  adopt(*std::exchange(unsaved_, std::nullopt));
  free();
}

void oauth_engine::adopt(const token_answer& answer) {
  token_ = answer.access_token;
  life_ = answer.life;
  until_ = answer.until;
  failures_ = 0;
  not_before_ = {};
  trouble_.reset();
  note();
  answer_waiters(token_);
}

void oauth_engine::failed(const error& why, duration retry_after) {
  ++failures_;
  const auto pause = backoff_delay(why.permanent() ? lasting : passing, failures_, world_.random);
  not_before_ = world_.clock() + std::max(pause, retry_after);
  trouble_ = why;
  answer_waiters(why);
  free();
}

void oauth_engine::refused(const std::string& token) {
  world_.post([self = shared_from_this(), token] {
    auto& x = *self;
    if (x.token_.empty() || x.token_ != token) return;
    const auto now = x.world_.clock();
    const auto since = std::chrono::duration<double>(now - x.refusals_at_);
    x.refusals_left_ = std::min(
        max_refusals, x.refusals_left_ + since / std::chrono::duration<double>(refusal_back));
    x.refusals_at_ = now;
    // One mailbox that is refused for reasons of its own must not cost all others their token
    // again and again.
    if (x.refusals_left_ < 1) return;
    x.refusals_left_ -= 1;
    x.token_.clear();
    x.note();
  });
}

void oauth_engine::follow(std::shared_ptr<oauth_client> before) {
  world_.post([self = shared_from_this(), before = std::move(before)] {
    self->alone([self, before] { before->retire([self](const result<void>&) { self->free(); }); });
  });
}

void oauth_engine::retire(done_fn<void> done) {
  on_loop<void>(std::move(done), [](oauth_engine& x, done_fn<void> end) {
    x.alone([self = x.shared_from_this(), end] {
      self->retired_ = true;
      if (self->device_) self->end(self->device_, retired());
      self->free();
      end({});
    });
  });
}

void oauth_engine::try_anew() {
  world_.post([self = shared_from_this()] {
    self->not_before_ = {};
    self->failures_ = 0;
  });
}

void oauth_engine::renew() {
  world_.post([self = shared_from_this()] {
    auto& x = *self;
    if (x.stopped_ || x.busy_ || x.world_.clock() < x.not_before_) return;
    x.alone([self] { self->begin_renewal(); });
  });
}

}  // namespace postroom::channels

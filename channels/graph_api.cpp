#include "channels/graph_api.hpp"

#include <algorithm>
#include <utility>

#include "base/web_url.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/graph_json.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// The service counts by registration, whose servers share one token source; and without a user the
/// URL does not name the mailbox.
std::string gate_name(const endpoint& server, const std::string& url, const std::string& user) {
  return without_slash(url) + "\n" + user + "\n" +
         std::to_string(reinterpret_cast<uintptr_t>(server.tokens.get()));
}

/// What kept a token away kept the request from going out.
error unsent(error why) {
  if (why.code == ec::timeout || why.code == ec::connection_lost) why.code = ec::unreachable;
  return why;
}

}  // namespace

graph_api::graph_api(event_loop& loop, endpoint server, std::string url, const std::string& mailbox,
                     unsigned max_requests)
    : loop_(loop),
      server_(std::move(server)),
      base_(without_slash(std::move(url))),
      max_requests_(std::max(max_requests, 1u)),
      gate_(graph_gate::of(loop, gate_name(server_, base_, mailbox))),
      http_(loop) {}

graph_api::~graph_api() {
  // Only where there is something: the last one may go after the loop has ended, on any thread.
  if (!waiting_.empty()) gate_->step_out(*this);
  if (timer_ != 0) loop_.cancel(timer_);
  if (stop_hook_ != 0) loop_.internals().forget_stop(stop_hook_);
}

graph_api::id graph_api::start(graph_request request, done_fn done) {
  auto it = std::make_shared<item>();
  it->number = ++last_;
  it->request = std::move(request);
  it->done = std::move(done);
  if (stopped_) return it->number;
  if (stop_hook_ == 0) {
    stop_hook_ = loop_.internals().on_stop([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->stop();
    });
  }
  waiting_.push_back(std::move(it));
  pump_soon();
  return last_;
}

/// `done` must not run within `start`, and a pause may end waiting requests at once.
void graph_api::pump_soon() {
  loop_.after(duration{0}, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  });
}

void graph_api::resume(id which) {
  const auto found = running_.find(which);
  if (found != running_.end()) http_.resume(found->second->http);
}

void graph_api::cancel(id which) {
  std::erase_if(waiting_, [&](const auto& it) { return it->number == which; });
  if (const auto found = running_.find(which); found != running_.end()) {
    const auto it = found->second;
    running_.erase(found);
    if (it->http) http_.cancel(it->http);
    gate_->leave(it->request.weight);
  }
  rest();
}

void graph_api::stop() {
  if (std::exchange(stopped_, true)) return;
  const auto self = shared_from_this();  // what waits may be all that holds us
  waiting_.clear();
  while (!running_.empty()) cancel(running_.begin()->first);
  rest();
}

/// While anything is under way, the end of the loop has to end it; then nothing of ours stays
/// there.
void graph_api::rest() {
  if (waiting_.empty()) gate_->step_out(*this);
  if (pending() != 0) return;
  if (timer_ != 0) loop_.cancel(std::exchange(timer_, 0));
  if (stop_hook_ != 0) loop_.internals().forget_stop(std::exchange(stop_hook_, 0));
}

void graph_api::pump() {
  if (pumping_ || stopped_) return;
  const auto self = shared_from_this();
  pumping_ = true;
  while (!waiting_.empty() && !stopped_) {
    if (gate_->pause_left() > graph_gate::clock::duration::zero()) {
      wait_for_pause();
      break;
    }
    auto it = waiting_.front();
    if (!gate_->enter(*this, it->request.weight, it->request.count, max_requests_)) break;
    waiting_.pop_front();
    running_.emplace(it->number, it);
    authorise(it);
  }
  pumping_ = false;
}

void graph_api::wait_for_pause() {
  const auto left = gate_->pause_left();
  if (left > longest_wait) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left).count();
    const auto why =
        fail(ec::throttled, "Graph is to be left alone for " + std::to_string(seconds) + " s");
    for (const auto& it : std::exchange(waiting_, {}))
      if (!stopped_) it->done(why);
    return rest();
  }
  if (timer_ != 0) return;
  timer_ = loop_.after(std::chrono::ceil<duration>(left), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_ = 0;
    self->pump();
  });
}

void graph_api::authorise(const item_ptr& it) {
  if (!server_.tokens || !it->request.signed_in) return send(it);
  if (!is_fit_for_secrets(base_))
    return end(it, fail(ec::config_invalid, "the URL must begin with https://"));
  server_.tokens->get([weak = weak_from_this(), it](result<std::string> token) {
    const auto self = weak.lock();
    if (!self || !self->running_.contains(it->number)) return;
    if (!token) return self->end(it, unsent(token.error()));
    it->token = std::move(*token);
    self->send(it);
  });
}

void graph_api::send(const item_ptr& it) {
  // The token may have come after another request was told to wait.
  if (gate_->pause_left() > graph_gate::clock::duration::zero()) return again(it);
  const auto& wanted = it->request;
  http_request out;
  out.method = wanted.method;
  out.url = wanted.target.starts_with('/') ? base_ + wanted.target : wanted.target;
  out.headers = wanted.headers;
  out.headers.emplace_back("User-Agent: Postroom");
  if (wanted.signed_in) {
    out.headers.push_back("Prefer: IdType=\"ImmutableId\"" +
                          (wanted.prefer.empty() ? "" : ", " + wanted.prefer));
    if (!it->token.empty()) out.headers.push_back("Authorization: Bearer " + it->token);
  }
  if (wanted.body) out.headers.push_back("Content-Type: " + wanted.content_type);
  out.body = wanted.body;
  out.ca_file = server_.ca_file;
  out.connect_timeout = server_.connect_timeout;
  out.request_timeout = server_.request_timeout;
  out.max_bytes = wanted.max_bytes;
  out.on_bytes = wanted.on_bytes;
  out.owner = server_.owner;
  if (wanted.signed_in) out.heard = server_.heard;  // else the URL itself is a permission
  out.once = !wanted.repeatable;
  it->http = http_.start(std::move(out),
                         [this, it](result<http_answer> got) { on_answer(it, std::move(got)); });
}

void graph_api::on_answer(const item_ptr& it, result<http_answer> got) {
  const auto self = shared_from_this();
  it->http = 0;
  if (!got) {
    const bool broken = got.code() == ec::connection_lost || got.code() == ec::unreachable;
    if (!broken || !it->request.repeatable || it->request.on_bytes || it->lost)
      return end(it, std::move(got));
    it->lost = true;
    return again(it);
  }
  switch (got->status) {
    case 401:
      return on_unauthorised(it, *got);
    case 429:
    case 503:
    case 504:
      return on_busy(it, *got);
    default:
      if (got->status < 300) gate_->succeeded();
      return end(it, std::move(got));
  }
}

void graph_api::on_unauthorised(const item_ptr& it, const http_answer& answer) {
  if (server_.tokens && !it->token.empty()) server_.tokens->refused(it->token);
  if (!server_.tokens || !it->request.signed_in || it->refreshed)
    return end(it, graph_error(401, read_graph_refusal(answer.body).code));
  it->refreshed = true;
  it->token.clear();
  again(it);
}

void graph_api::on_busy(const item_ptr& it, const http_answer& answer) {
  gate_->pause(retry_after(answer.header("retry-after"), system_now()));
  const bool undone = answer.status != 504 || it->request.repeatable;
  if (undone && ++it->tries < max_tries) return again(it);
  end(it, graph_error(answer.status, read_graph_refusal(answer.body).code));
}

/// To the front of the queue, in the order in which they were asked for.
void graph_api::again(const item_ptr& it) {
  running_.erase(it->number);
  auto place =
      std::ranges::find_if(waiting_, [&](const auto& other) { return other->number > it->number; });
  waiting_.insert(place, it);
  gate_->leave(it->request.weight);
  pump_soon();
}

void graph_api::end(const item_ptr& it, result<http_answer> got) {
  const auto self = shared_from_this();
  running_.erase(it->number);
  const auto done = std::move(it->done);
  gate_->leave(it->request.weight);
  if (!stopped_) done(std::move(got));
  rest();
}

}  // namespace postroom::channels

#include "channels/pop3_session.hpp"

#include <utility>

#include "channels/event_loop_internals.hpp"

namespace postroom::channels {
namespace {

using kind = pop3_parser::event::kind;

/// Commands under way at most: their lines must fit the socket's buffers on both sides.
constexpr std::size_t max_flying = 256;

bool ends_answer(kind what, pop3_parser::reply shape) {
  return what == kind::end || what == kind::refused ||
         (what == kind::ok && shape == pop3_parser::reply::line);
}

}  // namespace

pop3_session::pop3_session(event_loop& loop, inbound_settings settings)
    : loop_(loop), settings_(std::move(settings)), wire_(loop, "pop3", settings_.server, *this) {}

void pop3_session::on_ready() {
  signed_in_ = true;
  pump();
}

void pop3_session::on_broken(error why) {
  stop(signed_in_ ? std::move(why) : sign_in_error(std::move(why)));
}

/// libcurl tells only that the sign-in failed; the server's last line tells why.
error pop3_session::sign_in_error(error why) const {
  const std::string& line = wire_.last_line();
  if (why.code != ec::auth_refused && why.code != ec::protocol_violation) return why;
  return line.starts_with("-ERR") ? pop3_refusal(std::string_view(line).substr(4), why.code) : why;
}

void pop3_session::stop(error why) {
  if (ended_) return;
  auto self = shared_from_this();  // the last callback may let go of us
  ended_ = std::move(why);
  wire_.close();
  loop_.internals().forget_stop(stop_hook_);
  auto lost = std::exchange(flying_, {});
  lost.insert(lost.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  drop_pieces(*ended_);
  for (auto& c : lost) c->on_lost(*ended_);
  listing_loaded(&*ended_);
  finish_open(&*ended_);
  mail_.reset();
}

void pop3_session::enqueue(command c) {
  if (ended_) return c.on_lost(*ended_);
  waiting_.push_back(std::make_shared<command>(std::move(c)));
  pump();
}

/// Lets commands fly as far as the window allows. A turn's callback may enqueue more; the loop
/// finds it.
void pop3_session::pump() {
  if (!signed_in_ || ended_ || pumping_) return;
  pumping_ = true;
  std::string lines;
  while (!waiting_.empty() && flying_.size() < max_flying) {
    auto c = waiting_.front();
    bool fits = offers_pipelining_ && flying_bytes_ + c->cost <= settings_.pipeline_bytes;
    if (!flying_.empty() && !fits && !c->line.empty()) break;
    waiting_.pop_front();
    if (!c->line.empty()) lines.append(c->line).append("\r\n");
    flying_bytes_ += c->cost;
    flying_.push_back(std::move(c));
    run_turns();
  }
  pumping_ = false;
  if (ended_) return;
  if (!lines.empty()) wire_.write(lines);
  wire_.await_answer(!flying_.empty());
}

/// Commands without a line have their turn when all before them were answered.
void pop3_session::run_turns() {
  while (!ended_ && !paused_ && !flying_.empty() && flying_.front()->line.empty()) {
    auto turn = flying_.front();
    flying_.pop_front();
    turn->on_event({kind::end, {}});
  }
}

void pop3_session::on_bytes(std::string_view bytes) {
  if (paused_) {
    unread_.append(bytes);
  } else {
    process(bytes);
  }
}

void pop3_session::process(std::string_view bytes) {
  auto self = shared_from_this();
  run_turns();
  while (!ended_ && !paused_) {
    parser_.expect(flying_.empty() ? reply::line : flying_.front()->shape);
    auto e = parser_.next(bytes);
    if (e.what == kind::more) break;
    if (e.what == kind::broken) return stop(fail(ec::protocol_violation, std::string(e.text)));
    flying_.empty() ? handle_unasked(e) : handle(e);
  }
  if (paused_) unread_.append(bytes);
  pump();
}

void pop3_session::handle(const event& e) {
  auto c = flying_.front();  // stays alive while its own callback stops everything
  c->on_event(e);
  if (ended_ || !ends_answer(e.what, c->shape)) return;
  flying_bytes_ -= c->cost;
  flying_.pop_front();
  run_turns();
}

void pop3_session::handle_unasked(const event& e) {
  if (e.what == kind::refused)
    return stop(fail(ec::connection_lost, pop3_refusal(e.text, ec::connection_lost).detail));
  stop(fail(ec::protocol_violation, "an answer came that nothing had asked for"));
}

}  // namespace postroom::channels

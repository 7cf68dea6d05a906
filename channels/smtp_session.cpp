#include "channels/smtp_session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace postroom::channels {
namespace {

constexpr std::size_t slice_bytes = 64u << 10;
/// Bytes handed to the socket in a row before other connections get their turn.
constexpr std::size_t feed_budget = 1u << 20;
/// A connection at rest is closed after this, before the server does it.
constexpr duration idle_time{20'000};
/// A server may think long about a whole mail (RFC 5321, 4.5.3.2.6: ten minutes, ten times the
/// default), and giving up early would send it twice.
constexpr int final_reply_factor = 10;

std::string own_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == 0) return "localhost";
  return name.data();
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

send_report refused_here(ec code, std::string why) {
  send_report out;
  out.code = code;
  out.permanent = true;
  out.reply = std::move(why);
  return out;
}

}  // namespace

smtp_session::smtp_session(event_loop& loop, const outbound_settings& settings, owner& who)
    : loop_(loop),
      hello_(settings.helo.empty() ? own_name() : settings.helo),
      request_timeout_(settings.server.request_timeout),
      owner_(who),
      wire_(loop, "smtp", settings.server, *this, settings.helo) {}

void smtp_session::open(smtp_job first) {
  job_ = std::move(first);
  wire_.open();
}

/// libcurl knew the extensions but keeps them; a second EHLO is allowed at any time and tells them
/// to us.
void smtp_session::on_ready() {
  say(stage::hello, "EHLO " + hello_);
}

void smtp_session::say(stage next, const std::string& line) {
  stage_ = next;
  wire_.write(line + "\r\n");
  wire_.await_answer(true);
}

void smtp_session::on_bytes(std::string_view bytes) {
  auto self = shared_from_this();
  while (stage_ != stage::over) {
    auto reply = parser_.next(bytes);
    if (!reply) return on_broken(reply.error());
    if (!*reply) return;
    handle(**reply);
  }
}

void smtp_session::handle(const smtp_reply& reply) {
  switch (stage_) {
    case stage::hello:
      return on_hello(reply);
    case stage::idle:  // "421 idle for too long" and the like: only good for closing
      return end(progress::untouched, report_of(smtp_stage::mail_from, reply));
    case stage::reset:
      if (!reply.positive()) return end(progress::begun, *verdict_);
      return finish(*std::exchange(verdict_, std::nullopt));
    default:
      return (reply.positive() || reply.code == 354) ? on_accepted(reply) : on_refused(reply);
  }
}

void smtp_session::on_hello(const smtp_reply& reply) {
  if (reply.code == 421) return end(progress::connecting, report_of(smtp_stage::sign_in, reply));
  if (reply.positive()) offers_ = extensions_of(reply);
  begin();
}

void smtp_session::send(smtp_job job) {
  cancel_timer();
  job_ = std::move(job);
  begin();
}

void smtp_session::begin() {
  const auto& mail = job_->mail;
  const auto size = mail.message->size();
  const bool wide = !is_ascii(mail.from) || !is_ascii(mail.to);
  if (wide && !offers_.smtp_utf8)
    return finish(refused_here(ec::recipient_refused,
                               "the address needs SMTPUTF8, which the server does not offer"));
  if (offers_.max_size != 0 && size > offers_.max_size)
    return finish(refused_here(ec::mail_too_large,
                               "the server takes " + std::to_string(offers_.max_size) + " bytes"));
  std::string line = "MAIL FROM:<" + mail.from + ">";
  if (offers_.size) line += " SIZE=" + std::to_string(size);
  if (offers_.eight_bit_mime) line += " BODY=8BITMIME";
  if (wide) line += " SMTPUTF8";
  say(stage::mail_from, line);
}

void smtp_session::on_accepted(const smtp_reply& reply) {
  if ((reply.code == 354) != (stage_ == stage::data)) return out_of_step(reply);
  switch (stage_) {
    case stage::mail_from:
      return say(stage::rcpt_to, "RCPT TO:<" + job_->mail.to + ">");
    case stage::rcpt_to:
      return say(stage::data, "DATA");
    case stage::data:
      stage_ = stage::content;
      body_.emplace(job_->mail.message);
      return feed();
    case stage::final_reply:
      return finish(report_of(smtp_stage::content, reply));
    default:  // a yes while the mail is still under way
      return out_of_step(reply);
  }
}

/// A good answer to something else than was asked: nobody knows what the server took.
void smtp_session::out_of_step(const smtp_reply& reply) {
  send_report out;
  out.code = ec::protocol_violation;
  out.reply_code = reply.code;
  out.reply = readable(reply.lines.back());
  end(progress::begun, std::move(out));
}

void smtp_session::on_refused(const smtp_reply& reply) {
  const auto where = stage_ == stage::mail_from ? smtp_stage::mail_from
                     : stage_ == stage::rcpt_to ? smtp_stage::rcpt_to
                     : stage_ == stage::data    ? smtp_stage::data
                                                : smtp_stage::content;
  auto report = report_of(where, reply);
  const bool untouched = kept_ && where == smtp_stage::mail_from && reply.code < 500;
  if (untouched) return end(progress::untouched, report);
  if (reply.code == 421 || reply.code < 400 || stage_ == stage::content)
    return end(progress::begun, report);
  if (stage_ == stage::final_reply) return finish(report);  // the transaction is over by itself
  verdict_ = report;
  say(stage::reset, "RSET");
}

/// Sends on until the socket or the budget is full; on_sent goes on in the first case.
void smtp_session::feed() {
  std::size_t fed = 0;
  while (stage_ == stage::content && wire_.unsent() == 0) {
    if (fed >= feed_budget) {
      loop_.post([weak = weak_from_this()] {
        if (auto self = weak.lock()) self->on_sent();
      });
      return;
    }
    auto slice = body_->next(slice_bytes);
    fed += slice.size();
    if (!slice.empty()) {
      wire_.write(slice);
      continue;
    }
    body_.reset();
    stage_ = stage::final_reply;
    wire_.await_answer(false);
    arm_final_timer();
  }
}

void smtp_session::on_sent() {
  auto self = shared_from_this();
  if (stage_ == stage::content) feed();
}

void smtp_session::arm_final_timer() {
  timer_ = loop_.after(request_timeout_ * final_reply_factor, [this] {
    auto self = shared_from_this();
    timer_ = 0;
    on_broken(fail(ec::timeout, "no answer after the end of the mail"));
  });
}

void smtp_session::finish(send_report report) {
  cancel_timer();
  rest();
  owner_.on_sent(*this, *std::exchange(job_, std::nullopt), std::move(report));
}

void smtp_session::rest() {
  kept_ = true;
  stage_ = stage::idle;
  wire_.await_answer(false);
  wire_.trim();
  timer_ = loop_.after(idle_time, [this] {
    auto self = shared_from_this();
    timer_ = 0;
    send_report bored;
    bored.code = ec::cancelled;
    wire_.write("QUIT\r\n");
    end(progress::untouched, bored);
  });
}

void smtp_session::on_broken(error why) {
  if (stage_ == stage::over) return;
  send_report out;
  const bool signing_in = stage_ == stage::connecting || stage_ == stage::hello;
  if (stage_ == stage::connecting) out = sign_in_report(why);
  out.code = out.code == ec::none ? why.code : out.code;
  out.server_wide = signing_in || stage_ == stage::mail_from;
  if (out.reply.empty()) out.reply = readable(why.detail);
  if (stage_ == stage::reset) out = *verdict_;
  const bool untouched = kept_ && (stage_ == stage::mail_from || stage_ == stage::idle);
  end(signing_in  ? progress::connecting
      : untouched ? progress::untouched
                  : progress::begun,
      std::move(out));
}

/// libcurl tells only that the sign-in failed; the server's last words tell why.
send_report smtp_session::sign_in_report(const error& why) const {
  send_report out;
  std::string_view line = wire_.last_line();
  smtp_reply_parser parser;
  std::string said = std::string(line) + "\r\n";
  std::string_view in = said;
  auto reply = parser.next(in);
  const bool told = why.code == ec::auth_refused || why.code == ec::protocol_violation;
  if (!told || !reply || !*reply || (*reply)->code < 400) return out;
  auto report = report_of(smtp_stage::sign_in, **reply);
  // A refusal of AUTH stays one, whichever 5yz says so: RFC 4954 has a code for it, servers have
  // several, and asking again with the same password locks accounts.
  if (why.code == ec::auth_refused && (*reply)->code >= 500) report.code = ec::auth_refused;
  return report;
}

void smtp_session::end(progress how_far, send_report why) {
  auto self = shared_from_this();
  cancel_timer();
  stage_ = stage::over;
  wire_.close();
  owner_.on_over(*this, how_far, std::exchange(job_, std::nullopt), std::move(why));
}

std::optional<smtp_job> smtp_session::close() {
  if (stage_ == stage::idle) wire_.write("QUIT\r\n");
  cancel_timer();
  stage_ = stage::over;
  wire_.close();
  return std::exchange(job_, std::nullopt);
}

void smtp_session::cancel_timer() {
  loop_.cancel(std::exchange(timer_, 0));
}

}  // namespace postroom::channels

#include "api/http_connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "api/http_writer.hpp"
#include "base/metrics.hpp"

namespace postroom::api {
namespace {

constexpr duration linger_limit{2'000};
constexpr duration stop_limit{5'000};  ///< for an answer that is being written while we stop
constexpr int turns = 64;              ///< then other connections have theirs
constexpr std::size_t piece = 256u << 10;
constexpr std::size_t with_head = 64u << 10;  ///< bodies up to here travel with their head

}  // namespace

http_connection::http_connection(uint64_t id, channel io, http_peer peer, http_front& front)
    : id_(id),
      io_(std::move(io)),
      peer_(std::move(peer)),
      front_(front),
      deadline_(clock::now() + std::min(front.limits.head_limit, front.limits.read_limit)),
      interest_(EPOLLIN) {}

http_connection::~http_connection() {
  front_.buffered -= charged_;
}

void http_connection::become(phase next, clock::time_point deadline, uint32_t interest) {
  phase_ = next;
  deadline_ = deadline;
  interest_ = interest;
}

void http_connection::wait_for(channel::status what) {
  if (what == channel::status::closed)
    become(phase::gone, never, 0);
  else
    interest_ = what == channel::status::wants_write ? EPOLLOUT : EPOLLIN;
}

void http_connection::advance() {
  for (int i = 0; i < turns; ++i)
    if (!step()) return;
  // What is left to do may lie in our own buffer, so the socket alone would not wake us.
  if (phase_ != phase::working && phase_ != phase::gone) interest_ = EPOLLIN | EPOLLOUT;
}

bool http_connection::step() {
  switch (phase_) {
    case phase::handshake:
      return shake_hands();
    case phase::idle:
    case phase::reading:
      return in_.empty() ? read_more() : parse();
    case phase::writing:
      return write_more();
    case phase::lingering: {
      const auto got = io_.discard();
      if (got != channel::status::done) wait_for(got);
      return got == channel::status::done;
    }
    case phase::working:
    case phase::gone:
      return false;
  }
  return false;
}

bool http_connection::shake_hands() {
  const auto got = io_.handshake();
  if (got != channel::status::done) {
    if (got == channel::status::closed)
      metrics::get_counter("postroom_tls_handshakes_failed_total", "TLS handshakes that failed",
                           {{"listener", front_.limits.name}})
          .add();
    wait_for(got);
    return false;
  }
  // The handshake's time is the first head's as well; what follows counts from its first byte.
  become(phase::idle, deadline_, EPOLLIN);
  return true;
}

bool http_connection::read_more() {
  std::array<char, 16384> buffer;  // a TLS record: none of it stays behind in OpenSSL
  const auto got = io_.read(buffer.data(), buffer.size());
  if (got.what != channel::status::done) {
    wait_for(got.what);
    return false;
  }
  in_.assign(buffer.data(), got.bytes);
  return true;
}

bool http_connection::parse() {
  if (phase_ == phase::idle) {
    const auto now = clock::now();
    request_deadline_ = now + front_.limits.read_limit;
    become(phase::reading, std::min(request_deadline_, now + front_.limits.head_limit), EPOLLIN);
  }
  in_.erase(0, reader_.feed(in_));
  charge();
  switch (reader_.now()) {
    case http_reader::state::head_done:
      return look_at_head();
    case http_reader::state::done:
      return submit();
    case http_reader::state::failed:
      refuse(reader_.problem());
      return true;
    case http_reader::state::body:
      if (front_.buffered > front_.limits.max_buffered) refuse(503);
      return true;
    case http_reader::state::head:
      break;
  }
  return true;
}

bool http_connection::look_at_head() {
  auto& request = reader_.request();
  request.uid = peer_.uid;
  request.peer = peer_.address;
  request.client_certificate = io_.client_subject();
  head_only_ = request.method == "HEAD";
  auto verdict = front_.handler.look(request);
  if (verdict.refusal) {
    respond(std::move(*verdict.refusal), false);
    return true;
  }
  request.max_body = verdict.max_body;
  reader_.read_body(verdict.max_body);
  if (reader_.now() == http_reader::state::failed) {
    refuse(reader_.problem());
    return true;
  }
  if (front_.buffered + reader_.announced() > front_.limits.max_buffered) {
    refuse(503);
    return true;
  }
  deadline_ = request_deadline_;
  if (!reader_.expects_continue()) return true;
  // The socket's buffer is empty here, so a write that does not take all means trouble.
  const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  if (io_.write(go_on).bytes == go_on.size()) return true;
  become(phase::gone, never, 0);
  return false;
}

bool http_connection::submit() {
  auto& request = reader_.request();
  request.received = clock::now();
  in_hand_ = reader_.held();
  become(phase::working, never, 0);
  if (front_.submit(id_, std::move(request))) return false;
  in_hand_ = 0;
  respond(front_.handler.problem(503), reader_.keeps_alive());
  return true;
}

void http_connection::answer(http_response&& response) {
  in_hand_ = 0;
  if (phase_ == phase::working) respond(std::move(response), reader_.keeps_alive());
}

void http_connection::respond(http_response&& response, bool keep) {
  if (response.status == 503)
    metrics::get_counter("postroom_http_refused_total", "Requests refused for want of room",
                         {{"listener", front_.limits.name}})
        .add();
  keep_ = keep && !front_.stopping;
  head_ = render_head(response, keep_);
  out_ = head_only_ ? std::string{} : std::move(response.body);
  if (out_.size() <= with_head) {  // one system call, and one record of TLS if it fits
    head_ += out_;
    std::string{}.swap(out_);
  }
  sent_ = 0;
  charge();
  const auto limit = front_.stopping ? stop_limit : front_.limits.write_limit;
  become(phase::writing, clock::now() + limit, EPOLLOUT);
}

bool http_connection::write_more() {
  const bool in_head = sent_ < head_.size();
  const auto left = in_head ? std::string_view{head_}.substr(sent_)
                            : std::string_view{out_}.substr(sent_ - head_.size(), piece);
  if (left.empty()) return written();
  const auto put = io_.write(left);
  sent_ += put.bytes;
  if (put.what != channel::status::done) wait_for(put.what);
  return put.what == channel::status::done;
}

bool http_connection::written() {
  std::string{}.swap(out_);
  std::string{}.swap(head_);
  head_only_ = false;
  if (!keep_ || front_.stopping) {
    linger();
    return true;
  }
  answered_ = true;
  reader_.next();
  charge();
  become(phase::idle, clock::now() + front_.limits.idle_limit, EPOLLIN);
  return !in_.empty();  // a next request that has come meanwhile, epoll tells
}

void http_connection::linger() {
  io_.finish();
  in_.clear();
  if (front_.stopping) return become(phase::gone, never, 0);
  become(phase::lingering, clock::now() + linger_limit, EPOLLIN);
}

void http_connection::expire() {
  if (phase_ != phase::reading) return become(phase::gone, never, 0);
  refuse(408);
  advance();
}

void http_connection::stop() {
  if (phase_ == phase::writing)
    deadline_ = std::min(deadline_, clock::now() + stop_limit);
  else if (phase_ != phase::working)
    become(phase::gone, never, 0);
}

void http_connection::charge() {
  const auto due = reader_.held() + head_.capacity() + out_.capacity() + in_hand_;
  front_.buffered += due;
  front_.buffered -= charged_;
  charged_ = due;
}

}  // namespace postroom::api

#include "channels/connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <chrono>

#include "channels/connection_impl.hpp"
#include "channels/curl_status.hpp"
#include "channels/event_loop.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/transcript.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t read_budget =
    256u << 10;  // bytes in a row before other connections get their turn
constexpr std::size_t write_buffer_kept = 4u << 10;

using clock = std::chrono::steady_clock;

}  // namespace

void connection::impl::take_over() {
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  said.reset();
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
  if (socket == CURL_SOCKET_BAD)
    return broken(fail(ec::connection_lost, "closed after the sign-in"));
  fd = socket;
  now = state::live;
  last_activity = clock::now();
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 0L);
  if (server.heard) server.heard->signed_in();
  // A read at once ties the connection to its handle; untied, libcurl would close it as stale when
  // others connect.
  auto room = loop.internals().scratch();
  std::size_t n = 0;
  const CURLcode rc = curl_easy_recv(easy, room.data(), room.size(), &n);
  if (rc != CURLE_AGAIN && (rc != CURLE_OK || n == 0)) {
    return broken(fail(ec::connection_lost, "closed after the sign-in"));
  }
  if (server.heard && n > 0) server.heard->received({room.data(), n});
  read_later();
  update_watch();
  who->on_ready();
  if (n > 0 && now == state::live) who->on_bytes({room.data(), n});
}

void connection::impl::update_watch() {
  const bool reading = !paused && !read_posted;
  const uint32_t wanted = (reading ? EPOLLIN : 0u) | (blocked ? EPOLLOUT : 0u);
  if (now != state::live || wanted == watched) return;
  watched = wanted;
  // Not watched at all rather than for nothing: epoll reports a hang-up even then, again and again.
  if (wanted == 0) return loop.internals().unwatch(fd);
  loop.internals().watch(fd, wanted, [this](uint32_t events) { on_event(events); });
}

void connection::impl::on_event(uint32_t events) {
  const auto self = shared_from_this();
  if (blocked && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
    blocked = false;
    flush();
    if (now == state::live && !blocked) who->on_sent();
  }
  if (now == state::live && !paused && !read_posted && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
    read_some();
  update_watch();
}

void connection::impl::read_some() {
  const auto self = shared_from_this();
  std::size_t taken = 0;
  // Until nothing is left, for OpenSSL may hold decrypted bytes that epoll does not know of.
  while (now == state::live && !paused) {
    if (taken >= read_budget) return read_later();
    auto room = who->destination();
    if (room.empty()) room = loop.internals().scratch();
    std::size_t n = 0;
    const CURLcode rc = curl_easy_recv(easy, room.data(), room.size(), &n);
    if (rc == CURLE_AGAIN) return;
    if (rc != CURLE_OK)
      return broken(error_of(rc == CURLE_UNSUPPORTED_PROTOCOL ? CURLE_RECV_ERROR : rc, nullptr));
    if (n == 0) return broken(fail(ec::connection_lost, "the server closed the connection"));
    taken += n;
    last_activity = clock::now();
    if (server.heard) server.heard->received({room.data(), n});
    who->on_bytes({room.data(), n});
  }
}

void connection::impl::read_later() {
  if (read_posted) return;
  read_posted = loop.post([self = shared_from_this()] {
    self->read_posted = false;
    if (self->now != state::live) return;
    if (!self->paused) self->read_some();
    self->update_watch();
  });
}

void connection::impl::flush() {
  while (now == state::live && !blocked && sent < out.size()) {
    std::size_t n = 0;
    const CURLcode rc = curl_easy_send(easy, out.data() + sent, out.size() - sent, &n);
    sent += n;
    if (n > 0) last_activity = clock::now();
    if (rc == CURLE_AGAIN) {
      blocked = true;
    } else if (rc != CURLE_OK) {
      return broken(error_of(CURLE_SEND_ERROR, nullptr));
    }
  }
  if (sent == out.size()) {
    out.clear();
    sent = 0;
  }
}

void connection::impl::arm_timer() {
  if (timer || !awaiting || paused || now != state::live) return;
  const auto rest =
      server.request_timeout - std::chrono::floor<duration>(clock::now() - last_activity);
  timer = loop.after(std::max(rest, duration{1}), [this] { on_timer(); });
}

void connection::impl::on_timer() {
  timer = 0;
  if (!awaiting || paused || now != state::live) return;
  if (clock::now() - last_activity < server.request_timeout) return arm_timer();
  broken(fail(ec::timeout,
              "no answer within " + std::to_string(server.request_timeout.count()) + " ms"));
}

void connection::impl::broken(error why) {
  if (now == state::gone) return;
  now = state::gone;
  release();
  // Later, so that nobody is told from within a call of his own.
  loop.post([self = shared_from_this(), why = std::move(why)] {
    if (self->who) self->who->on_broken(why);
  });
}

void connection::impl::release() {
  loop.cancel(timer);
  timer = 0;
  if (watched) loop.internals().unwatch(fd);
  watched = 0;
  if (easy) {
    loop.internals().transfers().drop(easy);
    curl_easy_cleanup(easy);
    easy = nullptr;
  }
  out = {};
  sent = 0;
}

connection::connection(event_loop& loop, std::string scheme, endpoint server, user& who,
                       std::string hello)
    : x_(std::make_shared<impl>(loop, std::move(scheme), std::move(server), who,
                                std::move(hello))) {}

connection::~connection() {
  close();
}
void connection::open() {
  x_->open();
}

void connection::write(std::string_view bytes) {
  if (x_->now != impl::state::live) return;
  if (x_->server.heard) x_->server.heard->sent(bytes);
  x_->out.append(bytes);
  x_->flush();
  x_->update_watch();
}

std::size_t connection::unsent() const {
  return x_->out.size() - x_->sent;
}

void connection::await_answer(bool yes) {
  if (yes && !x_->awaiting) x_->last_activity = clock::now();
  x_->awaiting = yes;
  x_->arm_timer();
}

void connection::pause() {
  x_->paused = true;
  x_->update_watch();
}

void connection::resume() {
  if (!x_->paused) return;
  x_->paused = false;
  x_->last_activity = clock::now();
  x_->arm_timer();
  if (x_->now == impl::state::live) x_->read_later();
}

void connection::trim() {
  if (x_->out.empty() && x_->out.capacity() > write_buffer_kept) x_->out.shrink_to_fit();
}

void connection::close() {
  x_->who = nullptr;
  if (x_->now == impl::state::gone) return;
  x_->now = impl::state::gone;
  x_->release();
}

const std::string& connection::greeting() const {
  return x_->greeting;
}
const std::string& connection::last_line() const {
  return x_->last_line;
}
const std::string& connection::capability_line() const {
  return x_->capability_line;
}

}  // namespace postroom::channels

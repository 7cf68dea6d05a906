#include "channels/connection.hpp"

#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <new>
#include <utility>

#include "channels/curl_endpoint.hpp"
#include "channels/curl_status.hpp"
#include "channels/event_loop.hpp"
#include "channels/event_loop_internals.hpp"
#include "channels/transcript.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t read_budget =
    256u << 10;  // bytes in a row before other connections get their turn
constexpr std::size_t line_bytes = 1'000;
constexpr std::size_t write_buffer_kept = 4u << 10;

using clock = std::chrono::steady_clock;

}  // namespace

/// Kept alive by the tasks it posted, so that `close` is possible at any time.
struct connection::impl : std::enable_shared_from_this<connection::impl> {
  enum class state { fresh, signing_in, live, gone };

  impl(event_loop& l, std::string s, endpoint e, user& w, std::string h)
      : loop(l), scheme(std::move(s)), hello(std::move(h)), server(std::move(e)), who(&w) {}

  void open();
  void start_transfer();
  bool try_without_gssapi();
  void signed_in(CURLcode rc);
  void take_over();
  void update_watch();
  void on_event(uint32_t events);
  void read_some();
  void read_later();
  void flush();
  void arm_timer();
  void on_timer();
  void broken(error why);
  void release();

  void listen_in();

  static int on_debug(CURL*, curl_infotype what, char* text, std::size_t n, void* heard);
  static std::size_t on_line(char* text, std::size_t, std::size_t n, void* self);

  event_loop& loop;
  std::string scheme;
  std::string hello;
  endpoint server;
  user* who;
  state now = state::fresh;
  CURL* easy = nullptr;
  int fd = -1;
  uint32_t watched = 0;
  std::string out;
  std::size_t sent = 0;
  bool blocked = false;  ///< the socket takes no more for now
  bool paused = false;
  bool read_posted = false;
  bool awaiting = false;
  uint64_t timer = 0;
  clock::time_point last_activity;
  std::string greeting, last_line, capability_line;
  bool gssapi_offered = false;
  bool without_gssapi = false;  ///< tried again so
  std::unique_ptr<std::array<char, CURL_ERROR_SIZE>> said;
};

void connection::impl::open() {
  assert(now == state::fresh);
  now = state::signing_in;
  easy = curl_easy_init();
  if (!easy) throw std::bad_alloc();
  auto& transfers = loop.internals().transfers();
  if (auto applied = apply_endpoint(easy, scheme, server, transfers.share(), hello); !applied) {
    return broken(applied.error());
  }
  said = std::make_unique<std::array<char, CURL_ERROR_SIZE>>();
  said->front() = 0;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, said->data());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &impl::on_line);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  listen_in();
  start_transfer();
}

void connection::impl::start_transfer() {
  loop.internals().transfers().start(easy, lane_of(server), [this](CURLcode rc) { signed_in(rc); });
}

void connection::impl::listen_in() {
  if (!server.heard) return;
  server.heard->begin(scheme, server.security == security::tls, server.password);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &impl::on_debug);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, server.heard.get());
}

/// Left to choose, libcurl takes Kerberos first when the server offers it and the login has a
/// domain, and does not try another mechanism when there is no ticket. Then once more without it.
bool connection::impl::try_without_gssapi() {
  const bool was_tried = gssapi_offered && server.auth_methods.empty() &&
                         server.login.find_first_of("@/\\") != std::string::npos;
  if (!was_tried || std::exchange(without_gssapi, true)) return false;
  loop.internals().transfers().drop(easy);
  curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, mechanisms_without_gssapi);
  start_transfer();
  return true;
}

int connection::impl::on_debug(CURL*, curl_infotype what, char* text, std::size_t n, void* heard) {
  auto& to = *static_cast<transcript*>(heard);
  const std::string_view bytes(text, n);
  if (what == CURLINFO_TEXT) to.note(bytes);
  if (what == CURLINFO_HEADER_IN) to.received(bytes);
  if (what == CURLINFO_HEADER_OUT) to.sent(bytes);
  return 0;
}

std::size_t connection::impl::on_line(char* text, std::size_t, std::size_t n, void* self) {
  auto* x = static_cast<impl*>(self);
  std::string_view line(text, n);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  x->last_line = line.substr(0, line_bytes);
  if (x->greeting.empty()) x->greeting = x->last_line;
  if (line.find("CAPABILITY ") != line.npos) x->capability_line = x->last_line;
  if (line.find("GSSAPI") != line.npos) x->gssapi_offered = true;
  return n;
}

void connection::impl::signed_in(CURLcode rc) {
  const auto self = shared_from_this();
  if (code_of(rc) == ec::auth_refused && try_without_gssapi()) return;
  if (rc != CURLE_OK) {
    auto why = error_of(rc, said->data());
    release();
    now = state::gone;
    who->on_broken(std::move(why));
    return;
  }
  take_over();
}

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
